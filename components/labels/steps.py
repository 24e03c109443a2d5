"""The steps of `label`, in order: ingest → prompt → ask → measure."""

from components.labels.agreement import gate_of, measured, verdict
from components.labels.asking import Given, ask, key_of
from components.labels.plan import Labelled, LabelPlan, Measured, Prompted
from components.labels.question import Task
from components.labels.record import finish, log_given, open_label_run, register_prompt
from components.labels.store import Label, Store, opened_store
from components.labels.tasks import task_of
from components.language.choice import known, opened
from components.language.client import Client
from components.lifecycle.call import Call
from components.lifecycle.ingest import ingest_dataset, unchanged
from components.lifecycle.record import failing
from components.lifecycle.results import Ingested
from components.system import Progress

__all__ = ["label"]


def label(plan: LabelPlan, progress: Progress, call: Call) -> None:
    """Ask what has no label yet, and measure how far labels agree with people's."""
    ingested = call("ingest", ingest_dataset, plan.dataset, progress)
    prompted = call("prompt", prompt, plan, ingested)
    with failing(prompted.run_id):
        call("ask", ask_all, plan, ingested, prompted, progress)
        call("measure", measure, plan, ingested, prompted)


def prompt(plan: LabelPlan, ingested: Ingested) -> Prompted:
    """Build the questions, and register the prompt and the run in MLflow.

    Raises:
        UserError: the data set has nothing to ask about.
    """
    task, endpoint = _task(plan, ingested), known()
    registered = register_prompt(task)
    return Prompted(
        prompt=task.prompt.name,
        version=task.prompt.version,
        hash=task.prompt.hash,
        registered=registered,
        model=endpoint.model,
        questions=len(task.questions),
        run_id=open_label_run(plan, task, endpoint, ingested, registered),
    )


def ask_all(plan: LabelPlan, ingested: Ingested, prompted: Prompted, progress: Progress) -> Labelled:
    """Ask every question that has no label yet; `reused`: none had to be asked.

    Raises:
        EndpointError: the endpoint gives no answer; what was labelled is kept.
        InvalidAnswerError: several answers in a row did not have the wanted form.
    """
    task = _task(plan, ingested)
    with opened_store(plan.dataset) as store:

        def answered(given: Given) -> None:
            log_given(prompted.run_id, task.prompt, prompted.registered, given, client.endpoint)

        try:
            with opened(needed=_missing(task, store)) as endpoint, Client(endpoint) as client:
                done = ask(client, task, store, progress, answered)
        finally:
            table = store.write_table()
        return Labelled(
            reused=not done.new and not done.invalid,
            new=done.new,
            before=done.before,
            invalid=done.invalid,
            dropped=done.dropped,
            why=done.why,
            prompt_tokens=done.tokens[0],
            answer_tokens=done.tokens[1],
            cost=done.cost,
            table=str(table),
            rows=len(store.rows()),
        )


def measure(plan: LabelPlan, ingested: Ingested, prompted: Prompted) -> Measured:
    """Measure how far the labels of the questions agree with people's, and whether they may teach a student."""
    task = _task(plan, ingested)
    with opened_store(plan.dataset) as store:
        found = measured(task, _labels(task, store))
    verdicts = verdict(plan.what, plan.split, found, gate_of())
    taught = [name for name, each in verdicts.items() if each.passed]
    finish(prompted.run_id, {"questions": len(task.questions)}, found, teaches=", ".join(taught) or "nothing")
    return Measured(agreement=found, teacher=verdicts)


def _task(plan: LabelPlan, ingested: Ingested) -> Task:
    with unchanged(ingested) as dataset:
        return task_of(plan.what, dataset, plan.split, plan.limit)


def _keys(task: Task) -> set[tuple[str, str, str]]:
    return {key_of(known(), task, question)[1] for question in task.questions}


def _missing(task: Task, store: Store) -> bool:
    return not _keys(task) <= store.asked()


def _labels(task: Task, store: Store) -> list[Label]:
    keys = _keys(task)
    return [row for row in store.rows() if (row.query_id, row.item_id, row.asked) in keys]

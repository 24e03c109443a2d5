"""Labels in MLflow: the prompt in its registry, a run a kind of label, a trace an answer with what people say of it."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from typing import Any

from components.labels.agreement import Agreement
from components.labels.asking import Given
from components.labels.plan import LabelPlan
from components.labels.question import Task
from components.language.endpoint import Endpoint
from components.language.prompt import Prompt
from components.lifecycle.record import tag_run
from components.lifecycle.results import Ingested
from components.lifecycle.tracking import LANGUAGE, client, experiment_named

__all__ = ["finish", "log_given", "open_label_run", "register_prompt", "traces_page"]

EXPERIMENT = "labels"
PURPOSE = "Labels of language models: a trace an answer, a run a kind of label and data set, the prompts beside them."
ALIAS = "hash-"


def register_prompt(task: Task) -> int:
    """The version in MLflow's registry of prompts that says what the prompt says; registered if it is missing."""
    from mlflow.prompt.constants import PROMPT_EXPERIMENT_IDS_TAG_KEY

    mlflow, tracker, prompt = _mlflow(), client(), task.prompt
    alias = f"{ALIAS}{prompt.hash}"
    known = mlflow.genai.load_prompt(f"prompts:/{prompt.name}@{alias}", allow_missing=True)
    made = known or mlflow.genai.register_prompt(
        name=prompt.name,
        template=prompt.template,
        commit_message=f"Version {prompt.version}: {prompt.purpose}",
        tags={"version": str(prompt.version), "hash": prompt.hash},
    )
    if known is None:
        tracker.set_prompt_alias(prompt.name, alias, made.version)
        # the prompts that an experiment's page lists; MLflow sets it in a thread that may outlive the run
        tracker.set_prompt_tag(prompt.name, PROMPT_EXPERIMENT_IDS_TAG_KEY, f",{_experiment()},")
    return int(made.version)


def open_label_run(plan: LabelPlan, task: Task, endpoint: Endpoint, ingested: Ingested, registered: int) -> str:
    """The run of these labels: the one that is there, or a new one; a run that was killed goes on."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, Param

    facts = {
        **plan.model_dump(),
        "data_version": ingested.data_version,
        "model": endpoint.model,
        "prompt": task.prompt.name,
        "prompt_version": task.prompt.version,
        "prompt_hash": task.prompt.hash,
    }
    tracker, place = client(), _experiment()
    fingerprint = hashlib.sha256(json.dumps(facts | {"who": endpoint.identity}, sort_keys=True).encode()).hexdigest()
    runs = tracker.search_runs([place], f"tags.fingerprint = '{fingerprint}'", max_results=1)
    if runs:
        run_id = str(runs[0].info.run_id)
        tracker.update_run(run_id, "RUNNING")
        return run_id
    command = f"corkboard label --dataset {plan.dataset} --what {plan.what} --split {plan.split}"
    tags = {"fingerprint": fingerprint, "mlflow.source.name": command, "mlflow.source.type": "LOCAL"}
    run = tracker.create_run(place, tags=tags, run_name=f"{plan.what} of {plan.dataset} by {endpoint.model}")
    tracker.log_batch(run.info.run_id, params=[Param(name, str(value)) for name, value in facts.items()])
    data = Dataset(ingested.dataset, ingested.data_version, "local", json.dumps({"uri": ingested.path}))
    tracker.log_inputs(run.info.run_id, [DatasetInput(data, [InputTag("mlflow.data.context", plan.split)])])
    tracker.link_prompt_version_to_run(run.info.run_id, f"prompts:/{task.prompt.name}/{registered}")
    return str(run.info.run_id)


def log_given(run_id: str, prompt: Prompt, registered: int, given: Given, endpoint: Endpoint) -> None:
    """An answer as a trace in the form of a chat, with its tokens, cost, prompt, labels and what people say."""
    from mlflow.entities import AssessmentSource

    mlflow = _mlflow()
    reply, question = given.reply, given.question
    tracker = client()
    experiment_id = _experiment()
    begun_ns = int(reply.started_s * 1e9)
    span = mlflow.start_span_no_context(
        name=f"label {prompt.name}",
        span_type="CHAT_MODEL",
        inputs=given.body,
        attributes=_attributes(given, endpoint),
        tags={"what": prompt.name, "item_id": question.item_id, "query_id": question.query_id},
        metadata={"mlflow.sourceRun": run_id},
        experiment_id=experiment_id,
        start_time_ns=begun_ns,
    )
    message = {"role": "assistant", "content": reply.content}
    span.set_outputs({"model": endpoint.model, "choices": [{"index": 0, "message": message}]})
    span.set_status("OK")
    span.end(end_time_ns=begun_ns + int(reply.seconds * 1e9))
    mlflow.flush_trace_async_logging()
    version = mlflow.genai.load_prompt(f"prompts:/{prompt.name}/{registered}")
    tracker.link_prompt_versions_to_trace([version], span.trace_id)
    people = AssessmentSource(source_type="HUMAN", source_id="data set")
    code = AssessmentSource(source_type="CODE", source_id="corkboard label")
    said = {label.name: label.value for label in given.labels}
    for name, truth in question.truth.items():
        mlflow.log_expectation(trace_id=span.trace_id, name=name, value=truth, source=people)
        mlflow.log_feedback(trace_id=span.trace_id, name=f"{name} agrees", value=said.get(name) == truth, source=code)


def _attributes(given: Given, endpoint: Endpoint) -> dict[str, Any]:
    prompt_tokens, answer_tokens = given.reply.tokens
    usage = {"input_tokens": prompt_tokens, "output_tokens": answer_tokens, "total_tokens": sum(given.reply.tokens)}
    attributes: dict[str, Any] = {
        "mlflow.message.format": "openai",
        "mlflow.chat.tokenUsage": usage,
        "mlflow.llm.model": endpoint.model,
        "attempts": given.reply.attempts,
        "kept": given.reply.kept,
        "confidence": {label.name: label.confidence for label in given.labels},
    }
    if endpoint.prices is not None and given.reply.cost is not None:
        of_prompt = prompt_tokens * endpoint.prices[0] / 1e6
        attributes["mlflow.llm.cost"] = {
            "input_cost": of_prompt,
            "output_cost": given.reply.cost - of_prompt,
            "total_cost": given.reply.cost,
        }
    return attributes


def finish(run_id: str, figures: Mapping[str, float], agreement: Mapping[str, Agreement], **tags: str) -> None:
    """Log figures and agreement, and end the run."""
    from mlflow.entities import Metric

    found = dict(figures)
    for name, measured in agreement.items():
        for kind in ("exact", "within_1", "kappa", "keywords", "usual"):
            figure = getattr(measured, kind)
            if figure is not None:
                found[f"{name}/{kind}"] = figure.value
    metrics = [Metric(name, value, 0, 0) for name, value in found.items()]
    client().log_batch(run_id, metrics=metrics)
    tag_run(run_id, **tags)
    client().set_terminated(run_id, "FINISHED")


def traces_page(server: str, run_id: str) -> str:
    """The page of MLflow that shows the answers of a run."""
    place = client().get_run(run_id).info.experiment_id
    return f"{server}/#/experiments/{place}/traces?workflowType=genai"


def _experiment() -> str:
    return experiment_named(EXPERIMENT, PURPOSE, LANGUAGE)


def _mlflow() -> Any:
    """MLflow with the module that the first trace imports, whose import warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow
        import mlflow.pyfunc
    return mlflow

"""`corkboard label`: a language model labels a data set, in this process."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from corkboard.options import AsJson

if TYPE_CHECKING:
    from components.labels.plan import Result
    from corkboard.output import Answer

__all__ = ["label"]

STEPS = ("ingest", "prompt", "ask", "measure")


def label(
    dataset: Annotated[str, typer.Option(help="A data set of params.yaml, with words.")],
    what: Annotated[
        str,
        typer.Option(
            metavar="attributes|grades|captions|guides",
            help="Attributes of items, grades of queries and items, captions of items, or guides to collections.",
        ),
    ] = "attributes",
    split: Annotated[str, typer.Option(metavar="train|validation|test", help="The split that is labelled.")] = (
        "validation"
    ),
    limit: Annotated[int | None, typer.Option(help="The most questions; by default the whole split.")] = None,
    as_json: AsJson = False,
) -> None:
    """Label items by a language model, and measure how far it agrees with people.

    Asks the endpoint of CORKBOARD_LLM_URL, otherwise a small embedded model. What was labelled is not asked again.
    """
    from components.labels.plan import Result, label_plan
    from components.language.endpoint import configured
    from corkboard.output import answering
    from data.environment import set_environment

    with answering(as_json) as answer:
        plan = label_plan(dataset, what, split, limit)
        configured()  # a wrong variable is told before anything starts
        set_environment()
        from corkboard.servers import servers
        from corkboard.watch import watching_terminal
        from data.errors import UserError
        from flows.here import run_here

        server, pages = servers()
        with watching_terminal(STEPS) as watch:
            run_here(_flow, plan.model_dump(), server, watch, ("mlflow",))
        result = watch.summary
        assert isinstance(result, Result)
        answer.document(result.model_dump(mode="json"))
        _report(result, answer, pages)
        if result.error:
            raise UserError(result.error)


def _flow() -> Any:
    from flows.label import label as flow

    return flow


def _report(result: "Result", answer: "Answer", pages: str | None) -> None:
    from components.lifecycle.comparison import bounds

    if result.agreement:
        rows = [
            (
                name,
                str(found.count),
                f"{found.exact.value:.3f}",
                bounds(found.exact),
                *(f"{each.value:.3f}" if each else "" for each in (found.keywords, found.usual)),
                *(f"{each.value:.3f}" if each else "" for each in (found.within_1, found.kappa)),
            )
            for name, found in result.agreement.items()
        ]
        heads = ("label", "compared", "exact", "95 % interval", "keywords", "usual", "within 1", "kappa")
        answer.table(heads, rows)
    for name, verdict in result.teacher.items():
        teaches = "may teach a student" if verdict.passed else "no student trains on it"
        answer.text(f"{name}: {teaches}: {'; '.join(verdict.reasons)}")
    done = result.labelled
    if done is not None:
        cost = f", {done.cost:.4f} dollars" if done.cost is not None else ""
        answer.text(
            f"answered {done.new}, before {done.before}, not in the wanted form {done.invalid}, dropped {done.dropped}"
        )
        answer.text(f"tokens   {done.prompt_tokens} asked, {done.answer_tokens} answered{cost}")
        answer.text(f"table    {done.table} ({done.rows} labels)")
    if result.prompted:
        answer.text(
            f"mlflow   run {result.prompted.run_id} at {pages or 'http://127.0.0.1:5000, after `corkboard up`'}"
        )

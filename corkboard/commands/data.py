"""`corkboard data`: list, get and validate data sets."""

from typing import TYPE_CHECKING, Annotated

import typer

from corkboard.options import AsJson

if TYPE_CHECKING:
    from components.lifecycle.results import Ingested

__all__ = ["app"]

app = typer.Typer(help="List, get and validate data sets.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="A data set of params.yaml, such as world.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the data sets of params.yaml and which of them are prepared."""
    from corkboard.output import answering
    from data.environment import set_environment
    from data.listing import list_datasets

    with answering(as_json) as answer:
        set_environment()
        datasets = list_datasets()
        answer.document(datasets)
        if not as_json:
            rows = [
                (
                    entry["name"],
                    entry["source"],
                    entry["licence"],
                    "prepared" if entry["prepared"] else "not here",
                    (entry["data_version"] or "")[:8],
                    ", ".join(f"{count:,} {table}" for table, count in (entry["rows"] or {}).items()),
                )
                for entry in datasets
            ]
            answer.table(("data set", "source", "licence", "state", "version", "rows"), rows)


@app.command()
def get(name: Name, as_json: AsJson = False) -> None:
    """Fetch and prepare a data set; one that is up to date is left as it is."""
    from corkboard.output import answering

    with answering(as_json) as answer:
        ingested = _ingested(name)
        answer.document(ingested.model_dump(mode="json"))
        rows = ", ".join(f"{count:,} {table}" for table, count in ingested.rows.items())
        damaged = f"; damaged pictures that are excluded: {ingested.damaged:,}" if ingested.damaged else ""
        answer.text(f"{name} {ingested.data_version[:8]} is prepared in {ingested.path}: {rows}{damaged}")


@app.command()
def card(name: Name) -> None:
    """Print the card of a prepared data set: JSON-LD in Croissant 1.0."""
    from corkboard.output import answering
    from data.environment import set_environment
    from data.errors import unknown
    from data.params import load
    from data.versioned import current

    with answering(True) as answer:
        set_environment()
        known = load().datasets
        if name not in known:
            raise unknown("data set", name, known)
        from data.croissant import croissant

        answer.document(croissant(current(name), known[name]))


@app.command()
def validate(name: Name, as_json: AsJson = False) -> None:
    """Check a data set, prepared first if it is not; ends with 1 if a critical check failed."""
    from components.lifecycle.reasons import invalid
    from components.lifecycle.validate import validate_dataset, validation_summary
    from corkboard.output import answering
    from corkboard.watch import watching_terminal
    from data.errors import UserError

    with answering(as_json) as answer:
        ingested = _ingested(name)
        with watching_terminal(("validate",)) as watch:
            validated = validate_dataset(ingested, lambda *report: watch.progress("validate", *report))
        answer.document(validated.model_dump(mode="json"))
        answer.text(validation_summary(validated))
        if not validated.passed:
            raise UserError(invalid(name, validated))


def _ingested(name: str) -> "Ingested":
    from components.lifecycle.ingest import ingest_dataset
    from corkboard.watch import watching_terminal
    from data.environment import set_environment
    from data.errors import unknown
    from data.params import load

    set_environment()
    known = load().datasets
    if name not in known:
        raise unknown("data set", name, known)
    with watching_terminal(("ingest",)) as watch:

        def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
            watch.progress("ingest", doing, done, total, figures)

        return ingest_dataset(name, progress)

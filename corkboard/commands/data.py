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
    """List the data sets of params.yaml and what of them lies here."""
    from corkboard.output import answering
    from data.environment import set_environment
    from data.listing import list_datasets

    with answering(as_json) as answer:
        set_environment()
        found = list_datasets()
        answer.document(found)
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
                for entry in found
            ]
            answer.table(("data set", "source", "licence", "state", "version", "rows"), rows)


@app.command()
def get(name: Name, as_json: AsJson = False) -> None:
    """Bring and prepare a data set; what lies here up to date is left as it is."""
    from corkboard.output import answering

    with answering(as_json) as answer:
        brought = _brought(name)
        answer.document(brought.model_dump(mode="json"))
        rows = ", ".join(f"{count:,} {table}" for table, count in brought.rows.items())
        damaged = f"; damaged pictures that are excluded: {brought.damaged:,}" if brought.damaged else ""
        answer.text(f"{name} {brought.data_version[:8]} is prepared in {brought.path}: {rows}{damaged}")


@app.command()
def validate(name: Name, as_json: AsJson = False) -> None:
    """Check a data set, prepared first if it is not; ends with 1 if a critical check failed."""
    from components.lifecycle.reasons import invalid
    from components.lifecycle.validate import validate_dataset, validation_summary
    from corkboard.output import answering
    from corkboard.watch import watching_terminal
    from data.errors import UserError

    with answering(as_json) as answer:
        brought = _brought(name)
        with watching_terminal(("validate",)) as watch:
            validated = validate_dataset(brought, lambda *told: watch.progress("validate", *told))
        answer.document(validated.model_dump(mode="json"))
        answer.text(validation_summary(validated))
        if not validated.passed:
            raise UserError(invalid(name, validated))


def _brought(name: str) -> "Ingested":
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

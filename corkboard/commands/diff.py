"""`corkboard diff`: what two versions of a system differ in."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from corkboard.options import AsJson, System

if TYPE_CHECKING:
    from components.lifecycle.difference import Moved
    from corkboard.output import Answer

__all__ = ["diff"]


def diff(
    system: System,
    first: Annotated[int, typer.Argument(metavar="A", help="A registered version.")],
    second: Annotated[int, typer.Argument(metavar="B", help="The version to compare with it.")],
    as_json: AsJson = False,
) -> None:
    """Say what two versions differ in: settings, data, code, libraries, inputs, and figures in pairs with intervals."""
    from components.settings import system_names
    from corkboard.output import answering
    from data.environment import set_environment
    from data.errors import unknown

    with answering(as_json) as answer:
        set_environment()
        if system not in system_names():
            raise unknown("system", system, system_names())
        from components.lifecycle.difference import difference

        found = difference(system, first, second)
        answer.document(found.model_dump(mode="json"))
        facts = {name: getattr(found, name) for name in ("settings", "data", "code", "libraries", "inputs")}
        rows = [(kind, name, *map(_shown, pair)) for kind, apart in facts.items() for name, pair in apart.items()]
        if rows:
            answer.table(("", "what differs", f"version {first}", f"version {second}"), rows)
        else:
            answer.text(f"settings, data, code, libraries and inputs of versions {first} and {second} are equal")
        for file in found.changed_files:
            answer.text(f"changed  {file}")
        _moves(answer, "metric", found.figures, first, second)
        _moves(answer, "slice", found.slices, first, second)
        for note in found.notes:
            answer.text(f"note     {note}")


def _moves(answer: "Answer", kind: str, moves: "tuple[Moved, ...]", first: int, second: int) -> None:
    columns = (kind, f"version {first}", f"version {second}", "change", "95 % interval", "examples")
    rows = []
    for moved in moves:
        change, bounds = "", ""
        if moved.change:
            change, bounds = f"{moved.change[0]:+.4g}", f"{moved.change[1]:+.4g} to {moved.change[2]:+.4g}"
        rows.append((moved.name, _shown(moved.first), _shown(moved.second), change, bounds, str(moved.examples or "")))
    if rows:
        answer.table(columns, rows)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

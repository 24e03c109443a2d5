"""`corkboard promote`: makes a version the champion, by hand."""

import sys
from typing import Annotated

import typer

from corkboard.options import AsJson, System

__all__ = ["promote"]


def promote(
    system: System,
    version: Annotated[int, typer.Argument(min=1, help="A version that `corkboard models` lists.")],
    force: Annotated[
        bool, typer.Option("--force", help="Promote a version that was refused: by gate, smoke test or rollback.")
    ] = False,
    reason: Annotated[str, typer.Option(metavar="WHY", help="Why, beside --force; recorded with the version.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a registered version the champion, by hand, once its packaged service has answered rightly."""
    from components.settings import system_names
    from corkboard.output import answering
    from corkboard.releases import announce
    from data.environment import set_environment
    from data.errors import UserError, unknown

    with answering(as_json) as answer:
        set_environment()
        known = system_names()
        if system not in known:
            raise unknown("system", system, known)
        if force != bool(reason.strip()):
            raise UserError("--force and --reason 'WHY' go together: give both, or neither")
        from components.lifecycle.rollback import promote_by_hand

        promoted = promote_by_hand(
            system,
            version,
            wait=lambda line: print(line, file=sys.stderr),  # noqa: T201
            force=reason.strip() if force else None,
        )
        announce(system, promoted.version)
        answer.document({"system": system, **promoted.model_dump(mode="json")})
        former = f"; version {promoted.previous} is the previous one" if promoted.previous else ""
        answer.text(f"version {promoted.version} of {system} is the champion{former}")

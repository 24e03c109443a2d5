"""`corkboard new`: a system to start from."""

from typing import Annotated

import typer

from corkboard.options import AsJson

__all__ = ["new"]


def new(
    system: Annotated[str, typer.Argument(help="What to call it, such as related-items.")], as_json: AsJson = False
) -> None:
    """Write a small system that works, to be made into another; docs/add-a-system.md leads on from there."""
    from corkboard.output import answering
    from corkboard.scaffold import new_system
    from data.project import root

    with answering(as_json) as answer:
        files = [path.relative_to(root()).as_posix() for path in new_system(system)]
        answer.document({"system": system, "files": files})
        for file in files:
            answer.text(file)
        answer.text(f"next: corkboard run {system}, and docs/add-a-system.md")

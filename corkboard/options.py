"""Options that several commands share."""

from typing import Annotated

import typer

__all__ = ["AsJson", "Settings", "System", "setting"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
System = Annotated[str, typer.Argument(help="A system: a folder of components/systems, hyphenated.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change the configuration, such as training.epochs=3."),
]


def setting(given: str) -> tuple[str, str]:
    """Key and value of one `--set`.

    Raises:
        UserError: it is not KEY=VALUE.
    """
    from data.errors import UserError

    key, equals, value = given.partition("=")
    if not equals or not key.strip():
        raise UserError(f"--set takes KEY=VALUE, such as training.epochs=3, and was given {given!r}")
    return key.strip(), value

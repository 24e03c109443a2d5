"""Options that several commands share."""

from typing import Annotated

import typer

__all__ = ["AsJson", "System"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
System = Annotated[str, typer.Argument(help="A system: a folder of components/systems, hyphenated.")]

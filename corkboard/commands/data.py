"""`corkboard data`."""

import typer

__all__ = []
app = typer.Typer()


def data() -> None:
    pass

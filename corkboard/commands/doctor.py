"""`corkboard doctor`."""

import typer

__all__ = []
app = typer.Typer()


def doctor() -> None:
    pass

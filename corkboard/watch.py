"""The view of a run that fits stderr: live on a terminal, lines elsewhere."""

from corkboard.live import STEPS, Lines, Live

__all__ = ["watching_terminal"]


def watching_terminal(steps: tuple[str, ...] = STEPS) -> Lines | Live:
    """A live list of `steps` on a terminal, plain lines anywhere else."""
    from rich.console import Console

    console: Console = Console(stderr=True, highlight=False, markup=False)
    return Live(console, steps) if console.is_terminal else Lines(console)

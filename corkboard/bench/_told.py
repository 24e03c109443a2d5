"""What a long benchmark tells of itself while it measures."""

import sys

__all__ = ["told"]


def told(bench: str, what: str) -> None:
    """A line of progress, beside what is printed in the end."""
    print(f"{bench}: {what}", file=sys.stderr, flush=True)  # noqa: T201

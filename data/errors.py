"""Errors that people can act on: one sentence with what is wrong and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["BrokenCheckError", "UserError", "unknown"]


class UserError(ValueError):
    """An error that the user can fix: in the input, or in the state of the machine."""


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that is not among `known`; it suggests the closest one."""
    names = sorted(known)
    close = get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
    return UserError(f"unknown {kind} {name!r}; {hint}")


class BrokenCheckError(RuntimeError):
    """A check could not run: an error in the check, not in the data."""

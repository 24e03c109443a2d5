"""Errors that people can act on: one sentence with what is wrong and what to do."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["BrokenCheckError", "UserError", "unknown"]

LONG = re.compile(r"(?<=')([^'\n]{80})[^'\n]{40,}(')")


class UserError(ValueError):
    """An error that the user can fix: in the input, or in the state of the machine.

    A sentence may hold values of the input, which can be anything: those in quotes are shortened, and what is not
    printable is escaped.
    """

    def __init__(self, sentence: object = "") -> None:
        shortened = LONG.sub(r"\1…\2", str(sentence))
        super().__init__(
            "".join(
                one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode() for one in shortened
            )
        )


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that is not among `known`; it suggests the closest one."""
    names = sorted(known)
    close = get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
    return UserError(f"unknown {kind} {name!r}; {hint}")


class BrokenCheckError(RuntimeError):
    """A check could not run: an error in the check, not in the data."""

"""Errors that people can act on: one sentence with what is wrong and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["BrokenCheckError", "UserError", "printable", "quoted", "short", "unknown"]

MOST_SHOWN = 80  # characters


class UserError(ValueError):
    """An error that the user can fix: in the input, or in the state of the machine. One line of printable text."""

    def __init__(self, sentence: str) -> None:
        super().__init__(printable(sentence))


def printable(text: str) -> str:
    """The text in one line, with escapes for what a terminal would act on or cannot show."""
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(one if one.isprintable() else _escaped(one) for one in line)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def short(text: str, most: int = MOST_SHOWN) -> str:
    """The beginning of what somebody handed in, or of what a library says of it, for a message."""
    line = printable(text[: 2 * most])
    return line if len(line) <= most and len(text) <= 2 * most else f"{line[:most]}…"


def quoted(value: object) -> str:
    """A value that somebody handed in, in quotes where it is text, for a message."""
    if isinstance(value, str):
        return repr(value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]}…")
    return short(repr(value))


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that is not among `known`; it suggests the closest one."""
    names = sorted(known)
    close = get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
    return UserError(f"unknown {kind} {name!r}; {hint}")


class BrokenCheckError(RuntimeError):
    """A check could not run: an error in the check, not in the data."""

"""Attributes of items as lists of numbers: line n is of item n, `count number number …`."""

from pathlib import Path

from data.errors import UserError
from data.params import ItemLists
from data.single import single_file
from data.sources.raw import Progress

__all__ = ["read_attributes"]

SEPARATOR = "|"  # joins an attribute's values


def read_attributes(given: ItemLists, workplace: Path, progress: Progress) -> dict[str, list[str]]:
    """Item, by its number, to the values of the attribute, by their names where there are some.

    Raises:
        UserError: a line is not of this form, or a number has no name.
    """
    names: list[str] | None = None
    if given.names is not None:
        with single_file(given.names, workplace, progress) as path:
            names = [line.strip().replace(SEPARATOR, " ") for line in path.read_text("utf-8-sig").split("\n")]
    with single_file(given, workplace, progress) as path:
        lines = path.read_text("utf-8-sig").splitlines()
    values = {}
    for item, line in enumerate(lines):
        words = line.split()
        if not all(word.isdecimal() for word in words) or not words or len(words) != int(words[0]) + 1:
            raise UserError(f"{path.name} line {item + 1}: expected a count and so many numbers; correct it")
        numbers = [int(word) for word in words[1:]]
        if names is not None and max(numbers, default=0) >= len(names):
            raise UserError(f"{path.name} line {item + 1}: number {max(numbers)} of {given.name} has no name; add it")
        values[str(item)] = [str(number) if names is None else names[number] for number in numbers]
    return values

"""What a picture is to show, as one vector: values one-hot, words by their encoder, zero for what is not given.

Legend: N pictures, K numbers of a condition.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.text import TextEncoder, open_text_encoder
from data.errors import UserError

__all__ = ["CATEGORY", "DESCRIPTION", "WORDS", "Conditions"]

CATEGORY = "category"
DESCRIPTION, WORDS = "canvas.json", "words"


@dataclass(frozen=True)
class Conditions:
    """values: those of the category, then of each attribute, by name. texts: encoder of words, if the model reads them.

    refused: words for which requests are refused. mark: whether made pictures carry a visible mark. networks: files of
    the bundle.
    """

    values: Mapping[str, tuple[str, ...]]
    texts: TextEncoder | None = None
    refused: tuple[str, ...] = ()
    mark: bool = False
    networks: tuple[str, ...] = ()

    @classmethod
    def open(cls, bundle: Path) -> "Conditions":
        """Of the files of `bundle`.

        Raises:
            UserError: they are missing or damaged.
        """
        try:
            described = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            values = {name: tuple(known) for name, known in described["values"].items()}
            refused, mark = tuple(described["refused"]), bool(described["mark"])
            networks = tuple(described["networks"])
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{bundle} is no bundle of canvas ({error}); make or fetch it again") from None
        return cls(values, open_text_encoder(bundle / WORDS) if described["words"] else None, refused, mark, networks)

    @property
    def parts(self) -> tuple[int, ...]:
        """Length of the category, of each attribute, and of the words, in this order."""
        return (*map(len, self.values.values()), *([self.texts.dim] if self.texts else []))

    @property
    def dim(self) -> int:
        return sum(self.parts)

    def refuse(self, *texts: str) -> None:
        """Raises `UserError` if a refused word occurs in one of the texts as a whole word."""
        for text in texts:
            plain = f" {_plain(text)} "
            for word in self.refused:
                if f" {_plain(word)} " in plain:
                    raise UserError(f"this service makes no pictures of {word!r}; ask for something else")

    def vector(self, given: Mapping[str, str], words: str = "") -> np.ndarray:
        """float32 (K,).

        Raises:
            UserError: a name or value that the model did not learn, or words where it learned none.
        """
        for name, value in given.items():
            if name not in self.values:
                raise UserError(f"unknown attribute {name!r}; known: {', '.join(self.values)}")
            if value not in self.values[name]:
                raise UserError(f"unknown {name} {value!r}; known: {', '.join(self.values[name])}")
        parts = [np.array([given.get(name) == value for value in known]) for name, known in self.values.items()]
        if self.texts is not None:
            parts.append(self.texts.encode([words])[0])
        elif words:
            raise UserError("this model reads no words; leave them out, or train it with flow.words")
        return np.concatenate(parts).astype(np.float32)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))

"""What a text names: a linear model of its words gives the values of each attribute, learned from titles and queries.

Legend: N texts, V terms, T those of a text, W words of a text, L values of all attributes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from components.keywords import Word, stem, words_of
from components.reading.understood import Understood
from data.files import atomic, write_json

__all__ = ["SURE", "Reader", "terms_of"]

WEIGHTS, DESCRIPTION = "reading.npz", "reading.json"
SURE = 0.7  # probability from which on a value counts as named
OWN_SHARE = 0.5  # of the best word's weight that a word needs to be one of those that say so
PAIR, PART, LETTERS = " ", "#", 4
MOST_LETTERS = 32  # of a word that has parts; a longer one is no word
DOUBT = 1 / 3  # of the doubt before any word was read that may be left after it


class Reader:
    """Safe to call from several threads at once.

    vocabulary: term to its row. values: of each attribute, in the order of the columns of `weight_VL`.
    """

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        values: Mapping[str, Sequence[str]],
        weight_VL: np.ndarray,
        bias_L: np.ndarray,
    ) -> None:
        self.vocabulary, self.values, self.weight_VL, self.bias_L = vocabulary, values, weight_VL, bias_L

    def probabilities(self, text: str) -> dict[str, np.ndarray]:
        """The probability of each value, by attribute; none where no word of the text is known."""
        rows = [row for _, row in self._rows(words_of(text))]
        if not rows:
            return {}
        logit_L = self.bias_L + self.weight_VL[rows].sum(axis=0, dtype=np.float32) / len(rows) ** 0.5
        return self.shares(logit_L)

    def shares(self, logit_L: np.ndarray) -> dict[str, np.ndarray]:
        """Logits of all values (L,) as the probability of each, by attribute."""
        found, start = {}, 0
        for name, values in self.values.items():
            found[name] = _softmax(logit_L[start : start + len(values)])
            start += len(values)
        return found

    def shown(self, logit_L: np.ndarray, sure: float = SURE) -> list[Understood]:
        """What a picture shows as surely as `sure`, by its logits (L,), the surest first."""
        best = [(name, int(of.argmax()), float(of.max())) for name, of in self.shares(logit_L).items()]
        named = [
            Understood(name=name, value=self.values[name][at], words="", probability=most)
            for name, at, most in best
            if most >= sure
        ]
        return sorted(named, key=lambda one: -one.probability)

    def understood(self, text: str, sure: float = SURE) -> list[Understood]:
        """Values that the text names as surely as `sure`, the surest first, and the words that say so."""
        words, named, start = words_of(text), [], 0
        probabilities, usual = self.probabilities(text), self.shares(self.bias_L)
        for name, values in self.values.items():
            if probabilities:
                best = int(probabilities[name].argmax())
                sureness = float(probabilities[name][best])
                is_named = 1 - sureness <= DOUBT * (1 - float(usual[name][best]))
                if sure == 0 or (sureness >= sure and is_named):
                    said = self._said(text, words, start, len(values), best)
                    named.append(Understood(name=name, value=values[best], words=said, probability=sureness))
            start += len(values)
        return sorted(named, key=lambda one: -one.probability)

    def _said(self, text: str, words: Sequence[Word], start: int, count: int, best: int) -> str:
        """The words that speak for the value `best` of an attribute more than for its others."""
        terms = list(self._rows(words))
        logit_TL = self.weight_VL[[row for _, row in terms], start : start + count].astype(np.float32)
        weight_W = np.zeros(len(words))
        for ((first, last), _), weight in zip(terms, logit_TL[:, best] - logit_TL.mean(axis=1), strict=True):
            weight_W[first : last + 1] += weight
        chosen = np.flatnonzero((weight_W > 0) & (weight_W >= OWN_SHARE * weight_W.max(initial=0.0)))
        return " ".join(dict.fromkeys(text[words[at].start : words[at].stop] for at in chosen.tolist()))

    def _rows(self, words: Sequence[Word]) -> Iterator[tuple[tuple[int, int], int]]:
        """The first and last word, and the row, of each term that is known."""
        for first, last, term in _spans(words):
            row = self.vocabulary.get(term)
            if row is not None:
                yield (first, last), row

    def save(self, bundle: Path) -> None:
        terms = sorted(self.vocabulary, key=lambda term: self.vocabulary[term])
        write_json(
            bundle / DESCRIPTION, {"terms": terms, "values": {name: list(of) for name, of in self.values.items()}}
        )
        with atomic(bundle / WEIGHTS) as file:
            np.savez(file, allow_pickle=False, weight_VL=self.weight_VL.astype(np.float16), bias_L=self.bias_L)

    @classmethod
    def load(cls, bundle: Path) -> "Reader":
        """Raises `UserError` where files are missing or damaged."""
        with opened_arrays(bundle / WEIGHTS, "holds no reader") as arrays:
            weight_VL, bias_L = arrays["weight_VL"], arrays["bias_L"]
            description = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
        vocabulary = {term: row for row, term in enumerate(description["terms"])}
        return cls(vocabulary, {name: tuple(of) for name, of in description["values"].items()}, weight_VL, bias_L)


def terms_of(text: str) -> list[str]:
    """Stems, pairs of stems that follow one another, and parts of words of four letters."""
    return [term for _, _, term in _spans(words_of(text))]


def _spans(words: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
    stems = [stem(word.text) for word in words]
    for at, one in enumerate(stems):
        yield at, at, one
        if at:
            yield at - 1, at, stems[at - 1] + PAIR + one
        # its parts know a word that nobody wrote so, and what it is composed of
        whole = f"<{words[at].text}>" if len(words[at].text) <= MOST_LETTERS else ""
        for start in range(len(whole) - LETTERS + 1):
            yield at, at, PART + whole[start : start + LETTERS]


def _softmax(logit: np.ndarray) -> np.ndarray:
    power = np.exp(logit - logit.max())
    return np.asarray(power / power.sum())

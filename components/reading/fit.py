"""Learns which values of attributes a text names: a linear model of its words for all attributes at once.

Legend: N texts, T terms of all texts, V terms, L values of all attributes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from components.reading.config import ReadingConfig
from components.reading.reader import Reader, terms_of
from components.system import Progress

__all__ = ["Labelled", "Labels", "attribute_loss", "fit_reader", "labels_of"]

BATCH = 256
LEAST_TEXTS = 2  # that a term stands in, for it to be known
DROPPED = 0.2  # of the terms of a text, so that each has to do without the others now and then


@dataclass(frozen=True)
class Labelled:
    """A text, and the values of what it describes by attribute. is_query: whether somebody typed it."""

    text: str
    values: Mapping[str, str]
    is_query: bool = False

    @property
    def votes(self) -> range:
        """By how many texts it counts in whether a term is known: each term of a query is."""
        return range(LEAST_TEXTS if self.is_query else 1)


@dataclass(frozen=True)
class Labels:
    """Codes of values int64 (N, A), -1 where there is none, of attributes with so many values each."""

    sizes: tuple[int, ...]
    label_NA: np.ndarray


def labels_of(values: Mapping[str, Sequence[str]], given: Sequence[Mapping[str, str]]) -> Labels:
    """The labels of what has the values `given`, of the attributes in `values`."""
    codes = {name: {value: code for code, value in enumerate(of)} for name, of in values.items()}
    label_NA = [[codes[name].get(one.get(name, ""), -1) for name in values] for one in given]
    return Labels(
        tuple(len(of) for of in values.values()), np.array(label_NA, np.int64).reshape(len(given), len(values))
    )


def attribute_loss(parts: Sequence[torch.Tensor], label_NA: torch.Tensor) -> torch.Tensor:
    """The sum over attributes of the cross-entropy of their logits (N, V each); of those that nothing has, none."""
    known = [at for at in range(len(parts)) if bool((label_NA[:, at] >= 0).any())]
    losses = [F.cross_entropy(parts[at], label_NA[:, at], ignore_index=-1) for at in known]
    return torch.stack(losses).sum() if losses else parts[0].sum() * 0


def fit_reader(texts: Sequence[Labelled], config: ReadingConfig, seed: int, progress: Progress) -> Reader:
    """The model of `texts`; of an attribute that has too many values, or only one, nothing is learned."""
    values = _values(texts, config)
    terms = [terms_of(one.text) for one in texts]
    counts = Counter(term for some, one in zip(terms, texts, strict=True) for term in set(some) for _ in one.votes)
    vocabulary = {term: row for row, term in enumerate(sorted(term for term in counts if counts[term] >= LEAST_TEXTS))}
    sizes = [len(of) for of in values.values()]
    reader = Reader(vocabulary, values, np.zeros((len(vocabulary), sum(sizes)), np.float16), np.zeros(sum(sizes)))
    if not vocabulary or not values:
        return reader
    rows = [np.array([vocabulary[term] for term in some if term in vocabulary], np.int64) for some in terms]
    labels = labels_of(values, [one.values for one in texts])
    reader.weight_VL, reader.bias_L = _learned(rows, labels, len(vocabulary), config, seed, progress)
    return reader


def _values(texts: Sequence[Labelled], config: ReadingConfig) -> dict[str, tuple[str, ...]]:
    counts: dict[str, Counter[str]] = {}
    for one in texts:
        for name, value in one.values.items():
            counts.setdefault(name, Counter())[value] += 1
    kept = {
        name: tuple(sorted(value for value, count in of.items() if count >= config.least_items))
        for name, of in sorted(counts.items())
        if of.total() >= config.least_share * len(texts)
    }
    return {name: of for name, of in kept.items() if 2 <= len(of) <= config.most_values}


def _learned(
    rows: Sequence[np.ndarray],
    labels: Labels,
    terms: int,
    config: ReadingConfig,
    seed: int,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    weight_VL = torch.zeros(terms, sum(labels.sizes), requires_grad=True)
    bias_L = torch.zeros(sum(labels.sizes), requires_grad=True)
    label_NA = torch.tensor(labels.label_NA)
    known = np.array([row for row, some in enumerate(rows) if len(some)])
    torch.sparse.check_sparse_tensor_invariants.disable()  # otherwise torch warns that they are
    optimizer = torch.optim.Adagrad([weight_VL, bias_L], lr=config.learning_rate)
    for epoch in range(config.epochs):
        order, total = generator.permutation(known), 0.0
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            kept = [_dropped(rows[row], generator) for row in some]
            offsets = torch.tensor(np.cumsum([0, *map(len, kept[:-1])]))
            sums_NL = F.embedding_bag(torch.tensor(np.concatenate(kept)), weight_VL, offsets, mode="sum", sparse=True)
            size_N = torch.tensor([len(one) for one in kept], dtype=torch.float32)
            logit_NL = bias_L + sums_NL / size_N[:, None].sqrt()
            loss = attribute_loss(logit_NL.split(list(labels.sizes), dim=1), label_NA[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(some)
        progress("learn to read", epoch + 1, config.epochs, {"train/reading_loss": total / len(order)})
    return weight_VL.detach().numpy().astype(np.float16), bias_L.detach().numpy()


def _dropped(row: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    kept = row[generator.random(len(row)) >= DROPPED]
    return kept if len(kept) else row

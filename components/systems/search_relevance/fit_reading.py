"""Learns which values of attributes a text names: a linear model of its words for all attributes at once.

Legend: N texts, T terms of all texts, V terms, L values of all attributes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from components.system import Progress
from components.systems.search_relevance.config import ReadingConfig
from components.systems.search_relevance.reading import Reader, terms_of

__all__ = ["Labelled", "fit_reader"]

BATCH = 256
LEAST_TEXTS = 2  # that a term stands in, for it to be known
DROPPED = 0.2  # of the terms of a text, so that each has to do without the others now and then


@dataclass(frozen=True)
class Labelled:
    """A text, and the values of what it describes by attribute."""

    text: str
    values: Mapping[str, str]


def fit_reader(texts: Sequence[Labelled], config: ReadingConfig, seed: int, progress: Progress) -> Reader:
    """The model of `texts`; of an attribute that has too many values, or only one, nothing is learned."""
    values = _values(texts, config)
    terms = [terms_of(one.text) for one in texts]
    counts = Counter(term for some in terms for term in set(some))
    vocabulary = {term: row for row, term in enumerate(sorted(term for term in counts if counts[term] >= LEAST_TEXTS))}
    sizes = [len(of) for of in values.values()]
    reader = Reader(vocabulary, values, np.zeros((len(vocabulary), sum(sizes)), np.float16), np.zeros(sum(sizes)))
    if not vocabulary or not values:
        return reader
    rows = [np.array([vocabulary[term] for term in some if term in vocabulary], np.int64) for some in terms]
    label_NA = np.array([[_code(of, one.values.get(name)) for name, of in values.items()] for one in texts], np.int64)
    reader.weight_VL, reader.bias_L = _learned(rows, label_NA, sizes, len(vocabulary), config, seed, progress)
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


def _code(values: Sequence[str], value: str | None) -> int:
    return values.index(value) if value in values else -1


def _learned(
    rows: Sequence[np.ndarray],
    label_NA: np.ndarray,
    sizes: Sequence[int],
    terms: int,
    config: ReadingConfig,
    seed: int,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    weight_VL = torch.zeros(terms, sum(sizes), requires_grad=True)
    bias_L = torch.zeros(sum(sizes), requires_grad=True)
    label_NA_ = torch.tensor(label_NA)
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
            parts = logit_NL.split(list(sizes), dim=1)
            losses = [F.cross_entropy(part, label, ignore_index=-1) for part, label in _pairs(parts, label_NA_[some])]
            loss = torch.stack(losses).sum() if losses else bias_L.sum() * 0
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(some)
        progress("learn to read", epoch + 1, config.epochs, {"train/reading_loss": total / len(order)})
    return weight_VL.detach().numpy().astype(np.float16), bias_L.detach().numpy()


def _dropped(row: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    kept = row[generator.random(len(row)) >= DROPPED]
    return kept if len(kept) else row


def _pairs(parts: Sequence[torch.Tensor], label_NA: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(part, label_NA[:, at]) for at, part in enumerate(parts) if bool((label_NA[:, at] >= 0).any())]

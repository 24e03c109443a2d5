"""The released system that answers words over 20,000 items, beside bare keywords, one query at a time on one thread."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

ITEMS, QUERIES, PREFIXES, WARM_UP = 20_000, 300, 1000, 20
THREADS = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run(items: int = ITEMS) -> list[Row]:
    """Ask the champion of role `find` with `items` documents.

    Its own documents, again and again under other ids, are put as new ones; a picture that it learned from has its
    vector already. Queries are those that it suggests.

    Raises:
        UserError: no system of role `find` is released, or it knows no queries.
    """
    os.environ |= dict.fromkeys(THREADS, "1")
    from components.keywords import KeywordIndex, stem, words_of
    from components.lifecycle.registry import champion_of, history
    from components.roles import FIND
    from data.errors import UserError
    from serving.discovery.declared import filling

    system = filling(FIND)
    champion = champion_of(history(system))
    if champion is None:
        raise UserError(f"{system} has no champion; run `corkboard run {system}` first")
    finder, documents = _finder(system, champion, items)
    started = time.perf_counter()
    finder.put(documents)
    put_s = time.perf_counter() - started
    queries = [text for text in finder.suggest("", QUERIES) if text]
    if not queries:
        raise UserError(f"{system} knows no queries; train it on a data set that has some")
    keywords = KeywordIndex()
    words = [[stem(word.text) for word in words_of(f"{one.title} {one.description}")] for one in documents]
    keywords.put((row, some, ()) for row, some in enumerate(words))
    ask = _asking(system, finder)
    ours = _taken_ms(ask, queries)
    peer = _taken_ms(lambda text: keywords.search({stem(word.text): 1.0 for word in words_of(text)}, 10), queries)
    suggested = _taken_ms(lambda prefix: finder.suggest(prefix, 8), _prefixes(queries))
    name = "tantivy, BM25 alone"
    return [
        Row("query_p50", float(np.quantile(ours, 0.5)), float(np.quantile(peer, 0.5)), "ms", name),
        Row("query_p99", float(np.quantile(ours, 0.99)), float(np.quantile(peer, 0.99)), "ms", name),
        Row("suggest_p99", float(np.quantile(suggested, 0.99)), None, "ms"),
        Row(f"{len(documents)}_items_put", put_s, None, "s"),
    ]


def _finder(system: str, champion: Any, items: int) -> tuple[Any, list[Any]]:
    """The champion with an empty shelf, and `items` documents made of those that its bundle holds."""
    from dataclasses import replace

    from components.bundle import read_manifest
    from components.lifecycle.bundles import bundle_of
    from components.lifecycle.inputs import inputs_of
    from components.system import load_system

    bundle = bundle_of(champion)
    finder = load_system(system).open_role(bundle, 1, inputs_of(read_manifest(bundle)))
    known = finder.known()
    documents = [replace(known[row % len(known)], item_id=f"copy-{row}") for row in range(items)]
    return finder, documents


def _asking(system: str, finder: Any) -> Callable[[str], Any]:
    from components.message import Message, answer_one
    from components.system import load_system

    request = load_system(system).Request
    return lambda text: answer_one(finder.answers, Message(request.model_validate({"text": text, "k": 10})))


def _prefixes(queries: Sequence[str]) -> list[str]:
    """What a person has typed of each query by their first letters, one more each time."""
    typed = [text[:letters] for text in queries for letters in range(1, min(len(text), 12))]
    return typed[:: max(1, len(typed) // PREFIXES)]


def _taken_ms(ask: Callable[[str], Any], texts: Sequence[str]) -> list[float]:
    for text in texts[:WARM_UP]:
        ask(text)
    taken = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        taken.append((time.perf_counter() - started) * 1e3)
    return taken

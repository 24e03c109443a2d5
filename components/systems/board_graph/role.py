"""Boards in the composed service: role `keep`, with the items and the boards of today."""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from components.message import Message, one_by_one
from components.roles import Document, Searcher
from components.system import Inputs, load_system
from components.systems.board_graph import SEARCH
from components.systems.board_graph.content import words_of
from components.systems.board_graph.predictor import BoardPredictor, open_bundle
from components.walks.csr import CSR
from data.errors import UserError

__all__ = ["Keeping", "open_role"]


class Keeping:
    """A `components.roles.Keeper`. Safe from several threads: an answer sees the state of one moment.

    searcher: what the bundle's pictures were looked at by, None where it has none. looks_by: the hash of its bundle.
    """

    def __init__(self, predictor: BoardPredictor, searcher: Searcher | None = None, looks_by: str = "") -> None:
        self._predictor, self._searcher, self.looks_by = predictor, searcher, looks_by
        self._changing = threading.Lock()
        self._held: dict[str, np.ndarray] = {}  # of each board since training, the rows of its items

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `components.system.Predictor`."""
        return one_by_one(requests, lambda request: Message(self._predictor.answer(request.fields)))

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002
        return False

    def lacks(self, item_id: str) -> bool:
        """As `components.roles.Keeper`."""
        content = self._predictor.scorer.content
        if self._searcher is None or content is None or content.pictures is None:
            return False
        row = self._predictor.graph.items.row_of.get(item_id, content.pictures.items)
        return row >= content.pictures.items or not content.pictures.known[row]

    def put(self, documents: Sequence[Document]) -> None:
        """As `components.roles.Keeper`."""
        seen = self._vectors(documents)
        with self._changing:
            graph, scorer = self._predictor.graph, self._predictor.scorer
            rows = [graph.items.row(document.item_id) for document in documents]
            gone = self._predictor.gone - {document.item_id for document in documents}
            content = scorer.content
            if content is not None and rows:
                words = [words_of(one.title, one.category, dict(one.attributes)) for one in documents]
                content = content.with_items(rows, words, seen)
            self._predictor = BoardPredictor(graph, replace(scorer, content=content), gone)

    def _vectors(self, documents: Sequence[Document]) -> Sequence[np.ndarray | None]:
        """The vectors of pictures, of which those that the service does not have are made."""
        if self._searcher is None:
            return [None] * len(documents)
        unseen = [one.picture for one in documents if one.vector_D is None and one.picture is not None]
        made = iter(self._searcher.vectors(unseen))
        return [one.vector_D if one.vector_D is not None or one.picture is None else next(made) for one in documents]

    def drop(self, item_ids: Collection[str]) -> None:
        """As `components.roles.Keeper`."""
        with self._changing:
            self._predictor = BoardPredictor(
                self._predictor.graph, self._predictor.scorer, self._predictor.gone | set(item_ids)
            )

    def hold(self, boards: Mapping[str, Sequence[str]]) -> None:
        """As `components.roles.Keeper`."""
        with self._changing:
            graph, scorer = self._predictor.graph, self._predictor.scorer
            for board_id, item_ids in boards.items():
                self._held[board_id] = np.array(sorted({graph.items.row(item_id) for item_id in item_ids}), np.int64)
                if not item_ids:
                    del self._held[board_id]
            known = [graph.boards.row_of.get(board_id) for board_id in self._held]
            next_row = len(graph.boards)
            items, rows = [], []
            for row, item_R in zip(known, self._held.values(), strict=True):
                if row is not None:  # what training knew of it stays
                    item_R = np.setdiff1d(item_R, graph.items_of[row])
                items.append(item_R)
                rows.append(np.full(len(item_R), next_row if row is None else row))
                next_row += row is None
            item_E, board_E = (np.concatenate([np.zeros(0, np.int64), *parts]) for parts in (items, rows))
            walks = replace(
                scorer.walks,
                today=CSR.between(item_E, board_E, len(graph.items)),
                today_boards=CSR.between(board_E, item_E, next_row),
            )
            self._predictor = BoardPredictor(graph, replace(scorer, walks=walks), self._predictor.gone)


def open_role(bundle: Path, threads: int = 1, inputs: Inputs | None = None) -> Keeping:
    """What the composed service asks of `bundle`; see `open_bundle`."""
    predictor = open_bundle(bundle, threads)
    search, content = (inputs or {}).get(SEARCH), predictor.scorer.content
    if search is None or content is None or content.pictures is None:
        return Keeping(predictor)
    searcher = load_system(SEARCH).open_role(search.bundle, threads, search.inputs)
    return Keeping(predictor, searcher, search.bundle_hash)

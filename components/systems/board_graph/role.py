"""Boards in the composed service: role `keep`, with the items and the boards of today."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from components.message import Message, one_by_one
from components.roles import Document
from components.systems.board_graph.predictor import BoardPredictor, open_bundle
from components.systems.board_graph.tower import words_of
from components.walks.csr import CSR
from data.errors import UserError

__all__ = ["Keeping", "open_role"]


class Keeping:
    """A `components.roles.Keeper`. Safe from several threads: an answer sees the state of one moment."""

    def __init__(self, predictor: BoardPredictor) -> None:
        self._predictor = predictor
        self._changing = threading.Lock()
        self._pairs: set[tuple[int, int]] = set()  # of today: item and board

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `components.system.Predictor`."""
        return one_by_one(requests, lambda request: Message(self._predictor.answer(request.fields)))

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002
        return False

    def put(self, documents: Sequence[Document]) -> None:
        """As `components.roles.Keeper`."""
        with self._changing:
            graph, scorer = self._predictor.graph, self._predictor.scorer
            rows = [graph.items.row(document.item_id) for document in documents]
            gone = self._predictor.gone - {document.item_id for document in documents}
            tower = scorer.tower
            if tower is not None and rows:
                vectors = np.zeros((len(graph.items), tower.item_vectors.shape[1]), np.float32)
                vectors[: len(tower.item_vectors)] = tower.item_vectors
                words = [words_of(one.title, one.category, dict(one.attributes)) for one in documents]
                vectors[rows] = tower.vectors(words)
                tower = tower.with_items(vectors)
            self._predictor = BoardPredictor(graph, scorer.moved(scorer.walks, tower), gone)

    def drop(self, item_ids: Collection[str]) -> None:
        """As `components.roles.Keeper`."""
        with self._changing:
            self._predictor = BoardPredictor(
                self._predictor.graph, self._predictor.scorer, self._predictor.gone | set(item_ids)
            )

    def keep(self, board_id: str, item_id: str) -> None:
        """As `components.roles.Keeper`."""
        with self._changing:
            graph = self._predictor.graph
            item, board = graph.items.row(item_id), graph.boards.row(board_id)
            known = item < len(graph.boards_of.start) - 1 and board in graph.boards_of[item]
            if known or (item, board) in self._pairs:
                return
            self._pairs.add((item, board))
            self._walk_today()

    def forget(self, owner_id: str) -> None:
        """As `components.roles.Keeper`."""
        with self._changing:
            boards = self._predictor.graph.boards
            gone = {row for name, row in boards.row_of.items() if name.startswith(f"{owner_id}/")}
            for row in gone:
                del boards.row_of[boards.names[row]]
                boards.names[row] = ""
            self._pairs = {pair for pair in self._pairs if pair[1] not in gone}
            self._walk_today()

    def _walk_today(self) -> None:
        """Let walks go over what was saved today."""
        graph, scorer = self._predictor.graph, self._predictor.scorer
        item_E, board_E = np.array(sorted(self._pairs), np.int64).reshape(-1, 2).T
        walks = replace(
            scorer.walks,
            today=CSR.between(item_E, board_E, len(graph.items)),
            today_boards=CSR.between(board_E, item_E, len(graph.boards)),
        )
        self._predictor = BoardPredictor(graph, scorer.moved(walks, scorer.tower), self._predictor.gone)


def open_role(bundle: Path, threads: int = 1) -> Keeping:
    """What the composed service asks of `bundle`; see `open_bundle`."""
    return Keeping(open_bundle(bundle, threads))

"""The opened bundle: what is on a board in, what else belongs there and why out."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from components.errors import NotFound
from components.message import Message, one_by_one
from components.ranking.ranks import best
from components.system import Inputs
from components.systems.board_graph.config import FactorsConfig
from components.systems.board_graph.content import WORDS, Content
from components.systems.board_graph.graph import MOST_ASKED, Graph
from components.systems.board_graph.scorer import LATEST, Blend, Scorer
from components.systems.board_graph.types import AlikeBoard, Reason, Request, Response, Scored
from components.walks.settings import WalksConfig
from components.walks.walks import Walks
from data.errors import UserError
from data.files import write_json

__all__ = ["BoardPredictor", "open_bundle", "save"]

SETTINGS = "settings.json"


def save(bundle: Path, graph: Graph, scorer: Scorer) -> None:
    """Write what `open_bundle` opens."""
    graph.save(bundle)
    scorer.save(bundle)
    if scorer.content is not None:
        scorer.content.save(bundle)
    settings = {"factors": scorer.settings, "walks": scorer.walks.config}
    sections = {name: section.model_dump(mode="json") for name, section in settings.items()}
    write_json(bundle / SETTINGS, sections | asdict(scorer.blend))


class BoardPredictor:
    """Safe to call from several threads at once. gone: items that no answer may hold."""

    def __init__(self, graph: Graph, scorer: Scorer, gone: frozenset[str] = frozenset()) -> None:
        self.graph, self.scorer, self.gone = graph, scorer, gone

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """Answer each request, see `components.system.Predictor`."""
        return one_by_one(requests, lambda request: Message(self.answer(request.fields)))

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002 - an answer takes a millisecond or more
        return False

    def answer(self, request: Request) -> Response:
        """What else belongs on the board, and which boards are alike.

        Raises:
            NotFound: the board is not one of training.
        """
        row_L, unknown = self._rows(request)
        items = self._items(request, row_L) if request.k else ()
        return Response(items=items, boards=self._boards(request, row_L) if request.boards else (), unknown=unknown)

    def _rows(self, request: Request) -> tuple[np.ndarray, int]:
        """Rows of the latest items of the board, and how many of those named are not known."""
        row_L = self.graph.items.rows(request.items)
        row_L = row_L[row_L < len(self.scorer.degrees)]
        unknown = len(set(request.items)) - len(row_L)
        if request.board_id is not None:
            board = self.graph.boards.row_of.get(request.board_id)
            if board is None:
                raise NotFound(f"training knew no board {request.board_id!r}; name its items instead")
            row_L = np.array(list(dict.fromkeys([*self.graph.items_of[board].tolist(), *row_L.tolist()])), np.int64)
        return row_L, unknown

    def _items(self, request: Request, row_L: np.ndarray) -> tuple[Scored, ...]:
        if not len(row_L):
            return ()
        score_N = self.scorer.scores(row_L)
        score_N[row_L] = -np.inf
        without = self.graph.items.rows((*request.without, *self.gone))
        score_N[without[without < len(score_N)]] = -np.inf
        if request.among == "new":
            score_N[self.scorer.degrees > 0] = -np.inf
        list_1K, score_1K = best(score_N[None], request.k)
        held_K = list_1K[0] >= 0
        item_K, score_K = list_1K[0][held_K], score_1K[0][held_K]
        names = self.graph.items.names
        reasons = self._reasons(item_K, row_L) if request.explain else [None] * len(item_K)
        return tuple(
            Scored(item_id=names[item], score=score, because=reason)
            for item, score, reason in zip(item_K.tolist(), score_K.tolist(), reasons, strict=True)
        )

    def _reasons(self, item_K: np.ndarray, row_L: np.ndarray) -> list[Reason | None]:
        names, latest_L = self.graph.items.names, row_L[-MOST_ASKED:]
        place_K, count_K = self.graph.together(item_K, latest_L)
        reasons: list[Reason | None] = []
        for item, place, count in zip(item_K.tolist(), place_K.tolist(), count_K.tolist(), strict=True):
            if not count:
                alike = None if self.scorer.content is None else self.scorer.content.alike(item, latest_L)
                reasons.append(None if alike is None else Reason(item_id=names[latest_L[alike]], boards=0))
            else:
                reasons.append(Reason(item_id=names[latest_L[place]], boards=count))
        return reasons

    def _boards(self, request: Request, row_L: np.ndarray) -> tuple[AlikeBoard, ...]:
        graph = self.graph
        score_B, shared_B = graph.alike(row_L[-LATEST:])
        score_B[graph.boards.rows([] if request.board_id is None else [request.board_id])] = 0
        score_B[score_B <= 0] = -np.inf
        list_1K, score_1K = best(score_B[None], request.boards)
        return tuple(
            AlikeBoard(
                board_id=graph.boards.names[board],
                title=graph.title_B[board],
                owner_id=graph.owner_B[board],
                score=score,
                shared=int(shared_B[board]),
            )
            for board, score in zip(list_1K[0].tolist(), score_1K[0].tolist(), strict=True)
            if board >= 0
        )


def open_bundle(bundle: Path, threads: int = 1, inputs: Inputs | None = None) -> BoardPredictor:  # noqa: ARG001
    """The predictor that serves `bundle`; a request has one thread, and names items, whose pictures were looked at.

    Raises:
        UserError: files of it are missing or damaged.
    """
    graph = Graph.load(bundle)
    try:
        settings = json.loads((bundle / SETTINGS).read_text(encoding="utf-8"))
        factors, config = FactorsConfig(**settings["factors"]), WalksConfig(**settings["walks"])
        blend = Blend(settings["weights"], settings["share"], settings.get("looks", 0.0))  # older ones saw no pictures
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{bundle / SETTINGS} is missing or damaged ({error}); make the bundle again") from None
    content = Content.load(bundle) if (bundle / WORDS).is_file() else None
    walks = Walks(graph.boards_of, graph.items_of, config)
    predictor = BoardPredictor(graph, Scorer.load(bundle, factors, walks, content, blend))
    predictor.answer(Request(items=tuple(graph.items.names[:2])))  # compiled before somebody waits for it
    return predictor

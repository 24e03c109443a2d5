"""The opened bundle: what a person did in, what to show next out. numpy, onnxruntime and faiss alone.

Legend: B histories, L actions, N items, K results.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.index import VectorIndex
from components.session import open_session
from components.systems.user_sequence.explain import LeaveOneOut
from components.systems.user_sequence.freshness import Freshness
from components.systems.user_sequence.kin import Kin
from components.systems.user_sequence.packed import TOWER_INPUTS, Packed, packed
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.scorer import Blend, Scorer, best_rows
from components.systems.user_sequence.stored import People
from components.systems.user_sequence.tokens import NO_TIME, UNKNOWN, History, read_codes
from components.systems.user_sequence.types import Action, Request, Response, Trending
from components.transitions import TransitionGraph
from data.errors import UserError

__all__ = ["DESCRIPTION", "GRAPH", "INDEX", "TOWER", "UserSequencePredictor"]

TOWER, DESCRIPTION, GRAPH, INDEX = "query.onnx", "sequence.json", "transitions.npz", "index"
BLOCK = 256  # histories ranked at once
NAMED = 100  # unknown items that an answer names


@dataclass(frozen=True)
class _Asked:
    """What a request tells: the history, ids of unknown items in it, and what the transformer reads of it, if anything.

    left_out: where explanations are asked for; `packed` is of all of its parts then.
    """

    history: History
    ignored: tuple[str, ...]
    read: History
    packed: Packed | None = None
    left_out: LeaveOneOut | None = None


class UserSequencePredictor:
    """Safe to call from several threads at once."""

    def __init__(
        self,
        scorer: Scorer,
        index: VectorIndex,
        people: People,
        actions: tuple[str, ...],
        surfaces: tuple[str, ...],
        usual_action: str,
        reads: tuple[str, ...] | None = None,
    ) -> None:
        self.scorer = scorer
        self.index = index
        self.people = people
        self.actions = actions
        self.surfaces = surfaces
        self.action_code = {action: code for code, action in enumerate(actions, 1)}
        self.surface_code = {surface: code for code, surface in enumerate(surfaces, 1)}
        self.usual_action = usual_action
        self.read_codes = read_codes(actions, reads)
        self.item_ids: list[str] = index.item_ids.tolist()

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "UserSequencePredictor":
        """Open the tower, the index, the graph and the histories of `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files are missing or damaged.
        """
        try:
            description = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            tower = open_session(bundle / TOWER, threads)
        except FileNotFoundError as error:
            raise UserError(f"{error.filename} is missing; {bundle} is no bundle of user-sequence") from None
        if {given.name for given in tower.get_inputs()} != set(TOWER_INPUTS):
            raise UserError(
                f"{bundle / TOWER} was made by another release of user-sequence; use that one, or train again"
            )
        index = VectorIndex.load(bundle / INDEX)
        graph = TransitionGraph.load(bundle / GRAPH)
        people = People.load(bundle)
        freshness = Freshness.load(bundle)
        if not graph.items == len(index) == len(people.popular_N) == len(freshness.created_s_N):
            raise UserError(f"{bundle}: its files count items differently; make or fetch the bundle again")
        blend = Blend(**description["blend"])
        kin = Kin.load(bundle) if blend.alike else None
        profile = Profile.load(bundle) if description.get("profile") else None  # older bundles say nothing of it
        if profile is not None and len(profile.rate_N) != len(index):
            raise UserError(f"{bundle}: its files count items differently; make or fetch the bundle again")
        scorer = Scorer(tower, index.vectors(), description["max_length"], graph, freshness, blend, kin, profile)
        actions, surfaces = tuple(description["actions"]), tuple(description["surfaces"])
        return cls(scorer, index, people, actions, surfaces, description["usual_action"], description["reads"])

    def rank(
        self,
        histories: Sequence[History],
        k: int,
        now_s_B: np.ndarray | None = None,
        trend_BN: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The `k` best items of each history that are not in it: rows int64 (B, K), scores float32 (B, K).

        now_s_B: when each is asked for, -1 where unknown; items that came later are left out, as in `Request.time_s`.
        trend_BN: what `Blend.trending` adds for the crowd, which `Request.trending` tells; None: nothing.
        An empty history gets the popular items. Where fewer are left the row is -1 and the score -inf.
        """
        row_BK = np.full((len(histories), k), -1, np.int64)
        score_BK = np.full((len(histories), k), -np.inf, np.float32)
        order = sorted(range(len(histories)), key=lambda number: len(histories[number]))  # pads little
        for start in range(0, len(order), BLOCK):
            chosen = order[start : start + BLOCK]
            read = [histories[number].doing(self.read_codes) for number in chosen]
            for number, score_N in zip(chosen, self._scores(read), strict=True):
                now_s = None if now_s_B is None or now_s_B[number] == NO_TIME else int(now_s_B[number])
                self._add(score_N, histories[number], now_s)
                if trend_BN is not None:
                    score_N += trend_BN[number]
                score_N[histories[number].item_L] = -np.inf
                rows = best_rows(score_N, k)
                row_BK[number, : len(rows)], score_BK[number, : len(rows)] = rows, score_N[rows]
        return row_BK, score_BK

    def answer(self, request: Request, picture: bytes | None = None) -> Response:  # noqa: ARG002
        """What to show next; popular items where nothing usable is known of the person.

        Raises:
            UserError: an unknown action, or an unknown filter.
        """
        (found,) = self.answers([request])
        if isinstance(found, UserError):
            raise found
        return found

    def answers(self, requests: Sequence[Request]) -> list[Response | UserError]:
        """As `answer`, of several requests that the transformer reads at once, which takes less than one by one."""
        found: dict[int, Response | UserError] = {}
        asked: dict[int, _Asked] = {}
        for number, request in enumerate(requests):
            try:
                asked[number] = self._asked(request)
            except UserError as error:
                found[number] = error
        told = {number: one.packed for number, one in asked.items() if one.packed is not None}
        query_of = dict(zip(told, self.scorer.queries_of(list(told.values())), strict=True))
        first_BD = np.array([query_XD[0] for query_XD in query_of.values()])
        score_BN = self._scores([one.read for one in asked.values()], first_BD)
        for (number, one), score_N in zip(asked.items(), score_BN, strict=True):
            try:
                found[number] = self._best(requests[number], one, query_of.get(number), score_N)
            except UserError as error:
                found[number] = error
        return [found[number] for number in range(len(requests))]

    def _asked(self, request: Request) -> "_Asked":
        history, ignored = self._history(request)
        read = history.doing(self.read_codes)
        if not len(read):
            return _Asked(history, ignored, read)
        if not request.explain:
            return _Asked(history, ignored, read, packed([read], self.scorer.max_length))
        left_out = LeaveOneOut.of(self.scorer, read)
        return _Asked(history, ignored, read, left_out.packed(), left_out)

    def _best(self, request: Request, asked: "_Asked", query_XD: np.ndarray | None, score_N: np.ndarray) -> Response:
        """The best by the scores of what is read of a history, before age; they are changed."""
        self._add(score_N, asked.history, request.time_s)
        if request.trending and self.scorer.blend.trend:
            score_N += self._trend(request.trending, asked.read)
        if request.exclude_history:
            score_N[asked.history.item_L] = -np.inf
        if request.filters:
            score_N[~self.index.metadata.mask(request.filters)] = -np.inf
        row_K = best_rows(score_N, request.k)
        because: list[list[tuple[int, float]]] = [[]] * len(row_K)
        if asked.left_out is not None and query_XD is not None:
            because = asked.left_out.causes(query_XD, asked.history, request.time_s, row_K)
        items = [
            self._recommendation(row, score, moved)
            for row, score, moved in zip(row_K.tolist(), score_N[row_K].tolist(), because, strict=True)
        ]
        personal = len(asked.read) > 0 or (self.scorer.profile is not None and len(asked.history) > 0)
        return Response.model_validate({"items": items, "personal": personal, "ignored": asked.ignored})

    def _add(self, score_N: np.ndarray, whole: History, now_s: int | None) -> None:
        """What the age of items is worth, and what all that the person did tells."""
        for added_N in (self.scorer.aged(now_s), self.scorer.profiled(whole, now_s)):
            if added_N is not None:
                score_N += added_N

    def _trend(self, trending: Sequence[Trending], read: History) -> np.ndarray:
        """float32 (N,) to add for what the crowd does; items and people that are unknown are passed over."""
        row_of, kin = self.index.row_of, self.scorer.kin
        known = [told for told in trending if told.item_id in row_of]
        count_N = np.zeros(len(self.item_ids), np.float32)
        alike_N = None if kin is None else np.zeros_like(count_N)
        likeness_U = None if kin is None else kin.likeness(read.item_L)
        for told in known:
            row = row_of[told.item_id]
            count_N[row] += told.count
            if alike_N is not None and likeness_U is not None and kin is not None:
                people = {kin.row_of[user_id] for user_id in told.user_ids if user_id in kin.row_of}
                alike_N[row] += likeness_U[sorted(people)].sum()
        return self.scorer.blend.trending(count_N, alike_N)

    def _scores(self, histories: Sequence[History], query_BD: np.ndarray | None = None) -> np.ndarray:
        """(B, N), in memory of its own, before age; those of an empty history are of the items' popularity.

        query_BD: queries of the others, where they are known.
        """
        full = [number for number, history in enumerate(histories) if len(history)]
        if histories and len(full) == len(histories):
            return self.scorer.scores(histories, query_BD)
        score_BN = np.tile(np.log1p(self.people.popular_N), (len(histories), 1))
        if full:
            score_BN[full] = self.scorer.scores([histories[number] for number in full], query_BD)
        return score_BN

    def _history(self, request: Request) -> tuple[History, tuple[str, ...]]:
        """The stored history and the actions of the request, and the ids of unknown items among them."""
        row_of = self.index.row_of
        known = [action for action in request.actions if action.item_id in row_of]
        ignored = dict.fromkeys(action.item_id for action in request.actions if action.item_id not in row_of)
        given = History(
            np.array([row_of[action.item_id] for action in known], np.int64),
            np.array([self._action(action) for action in known], np.int64),
            np.array([self.surface_code.get(action.surface or "", UNKNOWN) for action in known], np.int64),
            np.array([NO_TIME if action.time_s is None else action.time_s for action in known], np.int64),
        )
        stored = None if request.user_id is None else self.people.history(request.user_id)
        return given if stored is None else stored.then(given), tuple(ignored)[:NAMED]

    def _action(self, action: Action) -> int:
        code = self.action_code.get(action.action or self.usual_action)
        if code is None:
            raise UserError(f"unknown action {action.action!r}; known: {', '.join(self.actions)}")
        return code

    def _recommendation(self, row: int, score: float, because: list[tuple[int, float]]) -> dict[str, Any]:
        """The fields of a `Recommendation`; a whole answer is made of them at once, which takes half the time."""
        title = self.index.texts.get("title")
        return {
            "item_id": self.item_ids[row],
            "score": score,
            "title": str(title[row]) if title is not None and title[row] else None,
            "because": [{"item_id": self.item_ids[item], "share": share} for item, share in because],
        }

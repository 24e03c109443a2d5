"""The opened bundle: what a person did in, what to show next out. numpy and onnxruntime alone.

Legend: B histories, L actions, N items, K results.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from components.gallery import Gallery
from components.message import Message
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

__all__ = ["DESCRIPTION", "GRAPH", "INDEX", "TOWER", "UserSequencePredictor", "open_bundle"]

TOWER, DESCRIPTION, GRAPH, INDEX = "query.onnx", "sequence.json", "transitions.npz", "index"
BLOCK = 256  # histories ranked at once
NAMED = 100  # unknown items that an answer names
QUICK, QUICK_EXPLAINED = 200, 30  # actions, and those among them that the transformer reads
NO_PARTS = np.empty((0, 0), np.float32)


@dataclass(frozen=True)
class _Read:
    """A request's history, ids of unknown items in it, and what the transformer reads of it, which may be nothing."""

    history: History
    ignored: tuple[str, ...]
    read: History
    left_out: LeaveOneOut | None = None  # where explanations are asked for

    def given(self, max_length: int) -> Packed:
        """To the transformer: of what is explained all parts, of which the first is the whole."""
        return packed([self.read], max_length) if self.left_out is None else self.left_out.parts()


class UserSequencePredictor:
    """Safe to call from several threads at once."""

    def __init__(
        self,
        scorer: Scorer,
        index: Gallery,
        people: People,
        actions: tuple[str, ...],
        surfaces: tuple[str, ...],
        usual_action: str,
        reads: tuple[str, ...] | None = None,
        counted: tuple[str, ...] = (),
    ) -> None:
        """counted: actions that count in what everybody acts on."""
        self.scorer = scorer
        self.index = index
        self.people = people
        self.actions = actions
        self.surfaces = surfaces
        self.action_code = {action: code for code, action in enumerate(actions, 1)}
        self.surface_code = {surface: code for code, surface in enumerate(surfaces, 1)}
        self.usual_action = usual_action
        self.counted = counted
        self.read_codes = read_codes(actions, reads)
        self.item_ids: list[str] = index.item_ids.tolist()
        titles = index.texts.get("title")
        self.titles = [None] * len(self.item_ids) if titles is None else [str(title) or None for title in titles]

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
        index = Gallery.load(bundle / INDEX)
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
        scorer = Scorer(tower, index.vectors_ND, description["max_length"], graph, freshness, blend, kin, profile)
        actions, surfaces = tuple(description["actions"]), tuple(description["surfaces"])
        usual, counted = description["usual_action"], tuple(description["counted"])
        return cls(scorer, index, people, actions, surfaces, usual, description["reads"], counted)

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
        order = sorted(range(len(histories)), key=lambda number: len(histories[number]))  # attention pads
        for start in range(0, len(order), BLOCK):
            chosen = order[start : start + BLOCK]
            read = [_Read(histories[number], (), histories[number].doing(self.read_codes)) for number in chosen]
            for number, (_, score_N) in zip(chosen, self._told(read), strict=True):
                now_s = None if now_s_B is None or now_s_B[number] == NO_TIME else int(now_s_B[number])
                self._add(score_N, histories[number], now_s)
                if trend_BN is not None:
                    score_N += trend_BN[number]
                score_N[histories[number].item_L] = -np.inf
                rows = best_rows(score_N, k)
                row_BK[number, : len(rows)], score_BK[number, : len(rows)] = rows, score_N[rows]
        return row_BK, score_BK

    def answer(self, request: Request) -> Response:
        """What to show next; popular items where nothing usable is known of the person.

        Raises:
            UserError: an unknown action, or an unknown filter.
        """
        (found,) = self.responses([request])
        if isinstance(found, UserError):
            raise found
        return found

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `responses`, of messages, which have no parts."""
        responses = self.responses([request.fields for request in requests])
        return [one if isinstance(one, UserError) else Message(one) for one in responses]

    def responses(self, requests: Sequence[Request]) -> list[Response | UserError]:
        """As `answer`, of several requests that the transformer reads at once, which takes less than one by one."""
        found: list[Response | UserError | None] = [None] * len(requests)
        read: list[tuple[int, _Read]] = []
        for number, request in enumerate(requests):
            try:
                read.append((number, self._read(request)))
            except UserError as error:
                found[number] = error
        for (number, one), (query_XD, score_N) in zip(read, self._told([one for _, one in read]), strict=True):
            try:
                found[number] = self._best(requests[number], one, query_XD, score_N)
            except UserError as error:
                found[number] = error
        return cast("list[Response | UserError]", found)

    def is_quick(self, message: Message) -> bool:
        """Whether an answer takes so little that handing it to a thread and back would be most of it."""
        request: Request = message.fields
        stored = None if request.user_id is None else self.people.history(request.user_id)
        if len(request.actions) + (0 if stored is None else len(stored)) > QUICK:
            return False
        if not request.explain:
            return True
        codes = self.read_codes or tuple(self.action_code.values())
        given = sum(self.action_code.get(action.action or self.usual_action) in codes for action in request.actions)
        return given + (0 if stored is None else len(stored.doing(codes))) <= QUICK_EXPLAINED

    def _read(self, request: Request) -> _Read:
        history, ignored = self._history(request)
        read = history.doing(self.read_codes)
        left_out = LeaveOneOut.of(self.scorer, read) if request.explain and len(read) else None
        return _Read(history, ignored, read, left_out)

    def _told(self, read: Sequence[_Read]) -> list[tuple[np.ndarray, np.ndarray]]:
        """What the transformer says of each one's parts (X, D), and the scores of each (N,) before age.

        Where it reads nothing there are no parts, and the scores are those of the items' popularity.
        """
        full = [one for one in read if len(one.read)]
        parts = self.scorer.queries_of([one.given(self.scorer.max_length) for one in full])
        first_BD = np.array([query_XD[0] for query_XD in parts])
        score_BN = self.scorer.scores_by(first_BD, [one.read for one in full]) if full else ()
        told = zip(parts, score_BN, strict=True)
        return [next(told) if len(one.read) else (NO_PARTS, np.log1p(self.people.popular_N)) for one in read]

    def _best(self, request: Request, one: _Read, query_XD: np.ndarray, score_N: np.ndarray) -> Response:
        """The best by the scores of what is read of a history, before age; they are changed."""
        self._add(score_N, one.history, request.time_s)
        if request.trending and self.scorer.blend.trend:
            score_N += self._trend(request.trending, one.read)
        if request.exclude_history:
            score_N[one.history.item_L] = -np.inf
        if request.filters:
            score_N[~self.index.metadata.mask(request.filters)] = -np.inf
        row_K = best_rows(score_N, request.k)
        because: list[list[tuple[int, float]]] = [[]] * len(row_K)
        if one.left_out is not None:
            because = one.left_out.causes(query_XD, one.history, request.time_s, row_K)
        items = [
            self._recommendation(row, score, moved)
            for row, score, moved in zip(row_K.tolist(), score_N[row_K].tolist(), because, strict=True)
        ]
        personal = len(one.read) > 0 or (self.scorer.profile is not None and len(one.history) > 0)
        return Response.model_validate({"items": items, "personal": personal, "ignored": one.ignored})

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
        return given if stored is None else stored.then(given.without(stored)), tuple(ignored)[:NAMED]

    def _action(self, action: Action) -> int:
        code = self.action_code.get(action.action or self.usual_action)
        if code is None:
            raise UserError(f"unknown action {action.action!r}; known: {', '.join(self.actions)}")
        return code

    def _recommendation(self, row: int, score: float, because: list[tuple[int, float]]) -> dict[str, Any]:
        """The fields of a `Recommendation`; a whole answer is made of them at once, which takes half the time."""
        return {
            "item_id": self.item_ids[row],
            "score": score,
            "title": self.titles[row],
            "because": [{"item_id": self.item_ids[item], "share": share} for item, share in because],
        }


def open_bundle(bundle: Path, threads: int = 1) -> UserSequencePredictor:
    """The predictor that serves `bundle`; see `UserSequencePredictor.open`."""
    return UserSequencePredictor.open(bundle, threads)

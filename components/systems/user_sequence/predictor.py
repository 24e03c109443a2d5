"""The opened bundle: what a person did in, what to show next out. numpy and onnxruntime alone.

Legend: B people, L actions, N items, K results, X parts of a history.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any, cast

import numpy as np

from components.gallery import Gallery
from components.message import Message
from components.systems.user_sequence.history import (
    NO_TIME,
    UNKNOWN,
    Contexts,
    Crowd,
    History,
    LeaveOneOut,
    People,
    read_codes,
)
from components.systems.user_sequence.scorer import Blend, Scorer, best_rows
from components.systems.user_sequence.transformer import packed
from components.systems.user_sequence.types import Action, Request, Response
from data.errors import UserError

__all__ = ["DESCRIPTION", "INDEX", "UserSequencePredictor", "open_bundle"]

DESCRIPTION, INDEX = "sequence.json", "index"
BLOCK = 256  # histories ranked at once
NAMED = 100  # unknown items that an answer names
QUICK, QUICK_EXPLAINED = 200, 30  # actions, and those among them that the transformer reads


@dataclass(frozen=True)
class _Person:
    """Who asks: all that they did, what the transformer reads of it, and ids of unknown items in the request."""

    whole: History
    read: History
    now_s: int | None
    crowd: Crowd | None
    ignored: tuple[str, ...]
    left_out: LeaveOneOut | None  # where explanations are asked for, and something is read


def open_bundle(bundle: Path, threads: int = 1) -> "UserSequencePredictor":
    """The predictor that serves `bundle`; `threads` is what one call may use.

    Raises:
        UserError: files are missing or damaged.
    """
    return UserSequencePredictor.open(bundle, threads)


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
        """See `open_bundle`."""
        try:
            description = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
            index = Gallery.load(bundle / INDEX)
            blend, length = Blend(**description["blend"]), description["max_length"]
            scorer = Scorer.load(bundle, index.vectors_ND, length, blend, description["profile"], threads)
        except FileNotFoundError as error:
            raise UserError(f"{error.filename} is missing; {bundle} is no bundle of user-sequence") from None
        if scorer.items_of_parts() != {len(index)}:
            raise UserError(f"{bundle}: its files count items differently; make or fetch the bundle again")
        actions, surfaces = tuple(description["actions"]), tuple(description["surfaces"])
        usual, counted = description["usual_action"], tuple(description["counted"])
        return cls(scorer, index, People.load(bundle), actions, surfaces, usual, description["reads"], counted)

    def contexts(
        self, whole: Sequence[History], now_s_B: np.ndarray | None = None, crowds: Sequence[Crowd | None] = ()
    ) -> Contexts:
        """What is known of people who did `whole`. now_s_B: as in `Request.time_s`, -1 where unknown."""
        now_s_B = np.full(len(whole), NO_TIME) if now_s_B is None else now_s_B
        return Contexts([history.doing(self.read_codes) for history in whole], whole, now_s_B, crowds)

    def rank(self, contexts: Contexts, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The `k` best items of each context that are not in its history: rows int64 (B, K), scores float32 (B, K).

        Where fewer are left the row is -1 and the score -inf.
        """
        row_BK = np.full((len(contexts), k), -1, np.int64)
        score_BK = np.full((len(contexts), k), -np.inf, np.float32)
        order = sorted(range(len(contexts)), key=lambda row: len(contexts.whole[row]))  # attention pads
        for start in range(0, len(order), BLOCK):
            chosen = order[start : start + BLOCK]
            for row, score_N in zip(chosen, self.scorer.scores(contexts.chosen(chosen)), strict=True):
                score_N[contexts.whole[row].item_L] = -np.inf
                best = best_rows(score_N, k)
                row_BK[row, : len(best)], score_BK[row, : len(best)] = best, score_N[best]
        return row_BK, score_BK

    def answer(self, request: Request) -> Response:
        """What to show next; popular items where nothing usable is known of the person.

        Raises:
            UserError: an unknown action, or an unknown filter.
        """
        (response,) = self.responses([request])
        if isinstance(response, UserError):
            raise response
        return response

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `responses`, of messages, which have no parts."""
        responses = self.responses([request.fields for request in requests])
        return [one if isinstance(one, UserError) else Message(one) for one in responses]

    def responses(self, requests: Sequence[Request]) -> list[Response | UserError]:
        """As `answer`, of several requests that the transformer reads at once, which takes less than one by one."""
        responses: list[Response | UserError | None] = [None] * len(requests)
        people: dict[int, _Person] = {}
        for number, request in enumerate(requests):
            try:
                people[number] = self._person(request)
            except UserError as error:
                responses[number] = error
        for (number, person), (query_XD, score_N) in zip(people.items(), self._scored([*people.values()]), strict=True):
            try:
                responses[number] = self._best(requests[number], person, query_XD, score_N)
            except UserError as error:
                responses[number] = error
        return cast("list[Response | UserError]", responses)

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

    def _person(self, request: Request) -> _Person:
        whole, ignored = self._history(request)
        read = whole.doing(self.read_codes)
        left_out = self.scorer.left_out(read, whole, request.time_s) if request.explain and len(read) else None
        return _Person(whole, read, request.time_s, self._crowd(request), ignored, left_out)

    def _scored(self, people: Sequence[_Person]) -> list[tuple[np.ndarray | None, np.ndarray]]:
        """What the transformer makes of each one's parts (X, D), of which the first is the whole, and scores (N,)."""
        if not people:
            return []
        transformer = self.scorer.transformer
        parts = transformer.queries_of_each(
            [
                packed([one.read], transformer.max_length)
                if one.left_out is None
                else transformer.packed_without(one.left_out)
                for one in people
                if len(one.read)
            ]
        )
        contexts = Contexts(
            [one.read for one in people],
            [one.whole for one in people],
            np.array([NO_TIME if one.now_s is None else one.now_s for one in people]),
            [one.crowd for one in people],
            np.array([query_XD[0] for query_XD in parts]),
        )
        queries = iter(parts)
        return [
            (next(queries) if len(one.read) else None, score_N)
            for one, score_N in zip(people, self.scorer.scores(contexts), strict=True)
        ]

    def _best(self, request: Request, person: _Person, query_XD: np.ndarray | None, score_N: np.ndarray) -> Response:
        """The best by the scores, which are changed."""
        if request.exclude_history:
            score_N[person.whole.item_L] = -np.inf
        if request.filters:
            score_N[~self.index.metadata.mask(request.filters)] = -np.inf
        row_K = best_rows(score_N, request.k) if not request.among else self._best_among(request, score_N)
        because: list[list[tuple[int, float]]] = [[]] * len(row_K)
        if person.left_out is not None:
            because = self.scorer.causes(replace(person.left_out, query_XD=query_XD), row_K)
        items = [
            self._recommendation(row, score, moved)
            for row, score, moved in zip(row_K.tolist(), score_N[row_K].tolist(), because, strict=True)
        ]
        personal = len(person.read) > 0 or (self.scorer.profile is not None and len(person.whole) > 0)
        return Response.model_validate({"items": items, "personal": personal, "ignored": person.ignored})

    def _best_among(self, request: Request, score_N: np.ndarray) -> np.ndarray:
        known = {row for row in map(self.index.row_of.get, request.among) if row is not None}
        row_C = np.array(sorted(known), np.int64)
        return np.asarray(row_C[best_rows(score_N[row_C], request.k)])

    def _crowd(self, request: Request) -> Crowd | None:
        """What the caller's stream tells; items and people that are unknown are passed over."""
        if not request.trending or not self.scorer.blend.trend:
            return None
        person_of = {} if self.scorer.neighbours is None else self.scorer.neighbours.row_of
        found = [(self.index.row_of.get(one.item_id), one) for one in request.trending]
        known = [(row, one) for row, one in found if row is not None]
        row_T = np.array([row for row, _ in known], np.int64)
        count_N = np.zeros(len(self.item_ids), np.float32)
        np.add.at(count_N, row_T, np.array([one.count for _, one in known], np.float32))
        user_ids = chain.from_iterable(one.user_ids for _, one in known)
        person_P = np.array(list(map(person_of.get, user_ids, repeat(-1))), np.int64)
        item_P = np.repeat(row_T, [len(one.user_ids) for _, one in known])
        pair_E = np.unique((item_P * len(person_of) + person_P)[person_P >= 0])
        item_E, person_E = np.divmod(pair_E, max(len(person_of), 1))
        return Crowd(count_N, item_E, person_E)

    def bare(self, request: Request) -> np.ndarray:
        """The steps of the network alone, beside which `corkboard bench` measures an answer.

        Gives the rows (N,) of all items, of which the last `request.k` score highest, in no order among themselves.
        """
        history, _ = self._history(request)
        transformer = self.scorer.transformer
        given = packed([history], transformer.max_length).inputs(transformer.vector_ND)
        score_N = (transformer.session.run(["query_BD"], given)[0] @ transformer.vector_ND.T)[0]
        return np.argpartition(score_N, -request.k)

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

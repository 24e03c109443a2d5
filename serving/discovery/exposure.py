"""Which shares the values of an attribute have in what is shown, from a file; off without one.

    {"attribute": "shade", "shares": {"deep": 0.25, "tan": 0.25, "medium": 0.25, "fair": 0.25}, "most_lost": 0.03,
     "surfaces": ["search", "related"]}

Nothing that was not found is shown: the first candidates of an answer are put in another order. Those without the
attribute, or with another value of it, keep their places.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from pydantic import Field, ValidationError, field_validator

from components.reranking.budget import within_budget
from data.errors import UserError
from data.params import Strict, explain
from serving.discovery.stock import Stock, value_of

__all__ = ["POLICY", "Exposure", "ExposurePolicy", "Surface", "open_exposure"]

POLICY = "CORKBOARD_EXPOSURE"
POOL = 100  # candidates that share the places of an answer; pages after them keep their order
Surface = Literal["search", "related", "recommendations", "feed"]


class ExposurePolicy(Strict):
    """The target of one attribute, and how much relevance an answer may lose for it."""

    attribute: str = Field(min_length=1)
    shares: dict[str, float] = Field(min_length=2, description="of the values of the attribute; they sum to 1")
    most_lost: float = Field(0.05, ge=0, le=1, description="share of the relevance of an answer that may be lost")
    surfaces: tuple[Surface, ...] = Field(get_args(Surface), min_length=1)

    @field_validator("shares")
    @classmethod
    def _whole(cls, shares: dict[str, float]) -> dict[str, float]:
        if min(shares.values()) < 0 or abs(sum(shares.values()) - 1) > 1e-6:
            raise ValueError(f"they are at least 0 and sum to 1, not to {sum(shares.values()):.4g}")
        return shares


class Exposure:
    """What is put in another order, if anything."""

    def __init__(self, policy: ExposurePolicy | None = None) -> None:
        self.policy = policy
        self._group = {value: group for group, value in enumerate(policy.shares)} if policy else {}

    def check(self, stock: Stock) -> None:
        """Raises `UserError` if no item has one of the values: the policy would do nothing, and nobody notice."""
        policy = self.policy
        if policy and not any(stock.has(policy.attribute, value) for value in policy.shares):
            raise UserError(
                f"{POLICY}: no item has {policy.attribute!r} with one of the values {', '.join(policy.shares)}; use "
                "a name and values of GET /v1/filters"
            )

    def pool(self, surface: Surface, k: int) -> int:
        """How many candidates an answer of `k` is chosen from."""
        return max(k, POOL) if self.policy and surface in self.policy.surfaces else k

    def ordered(
        self, surface: Surface, items: Sequence[dict[str, Any]], k: int, by_place: bool = False
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """The items in the order to show, of which the first `k` are, and what was done: None if nothing was moved.

        items: with their scores, in the order of relevance. by_place: their scores cannot be compared, so that the
        relevance of an item is 1 / log2(place + 2), places from 0.
        """
        first, rest = list(items[:POOL]), list(items[POOL:])
        if self.policy is None or surface not in self.policy.surfaces or not first:
            return list(items), None
        groups_N = [self._group.get(value_of(item, self.policy.attribute) or "", -1) for item in first]
        scores_N = [item["score"] for item in first]
        if by_place:
            scores_N = (1 / np.log2(np.arange(len(first)) + 2)).tolist()
        order_N, kept = within_budget(scores_N, groups_N, [*self.policy.shares.values()], k, self.policy.most_lost)
        order = order_N.tolist()
        if order[:k] == list(range(min(k, len(first)))):
            return list(items), None
        moved = {"attribute": self.policy.attribute, "relevance_kept": kept}
        return [first[place] for place in order] + rest, moved


def open_exposure() -> Exposure:
    """The policy in the file that `CORKBOARD_EXPOSURE` names; without one, every order is that of relevance.

    Raises:
        UserError: the file is missing or wrong.
    """
    path = os.environ.get(POLICY)
    if not path:
        return Exposure()
    try:
        return Exposure(ExposurePolicy.model_validate(json.loads(Path(path).read_text(encoding="utf-8"))))
    except OSError as error:
        raise UserError(
            f"{POLICY} names {path}, which cannot be read ({error.strerror}); give a readable file"
        ) from None
    except ValidationError as error:
        raise UserError(f"{POLICY} names {path}: {explain(error)}") from None
    except ValueError:
        raise UserError(f"{POLICY} names {path}, which is not JSON; see docs/discovery.md") from None

"""Requests and answers of the review queue."""

from typing import Annotated, Literal

from pydantic import Field

from data.params import Strict

__all__ = ["Decision", "Held", "Review", "ReviewFinding", "Reviews", "ReviewsQuery"]

PLAIN = r"[^\x00-\x08\x0b-\x1f\x7f]*"
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=rf"^{PLAIN}\S{PLAIN}$")]


class ReviewsQuery(Strict):
    decided: bool = Field(False, description="those that were decided, the latest first; otherwise those that wait")
    k: int = Field(50, ge=1, le=200)


class ReviewFinding(Strict):
    kind: str
    probability: float
    action: str


class Review(Strict):
    review_id: str
    item_id: str
    title: str
    description: str
    findings: tuple[ReviewFinding, ...] = Field(description="why it waits")
    asked_s: int
    decision: Literal["allow", "refuse"] | None = Field(description="null: it waits")
    reason: str
    who: str = Field(description="the name of the key that decided")
    decided_s: int | None


class Reviews(Strict):
    reviews: tuple[Review, ...]


class Decision(Strict):
    decision: Literal["allow", "refuse"]
    reason: Reason


class Held(Strict):
    """An item that is not shown before somebody has decided."""

    held: Literal[True] = True
    review_id: str
    findings: tuple[ReviewFinding, ...]

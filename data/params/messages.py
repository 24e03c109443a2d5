"""Parameters of logs of messages: whom a test sent which message or none, and what came of it."""

from typing import Literal

from pydantic import Field, model_validator

from data.params.catalogue import HashedSplits
from data.params.strict import Strict
from data.params.text import Column, TextTable

__all__ = ["NONE", "MessageLogParams", "MessageWorldParams", "Outcome"]

NONE = "none"  # the arm of those who got no message
Outcome = Literal["opened", "visited", "bought", "spend", "unsubscribed", "days_active"]


class MessageLogParams(TextTable):
    """One file with a row for each person of a randomised test. Columns that are not named are covariates.

    Where `arm` is left out, everybody got a message: nothing says what it adds, but who answers can be learned.
    """

    source: Literal["message_log"]
    licence: str
    user: Column | None = Field(None, description="left out: rows are numbered")
    arm: Column | None = None
    arms: dict[str, str] = Field(default_factory=dict, description="the arm of each value of it; none is no message")
    shares: dict[str, float] = Field(default_factory=dict, description="of each arm, where they were not to be equal")
    channel: Literal["push", "email", "in_app", "mail", "phone"]
    outcomes: dict[Outcome, Column] = Field(min_length=1)
    positive: str | None = Field(None, description="what an outcome of yes or no says for yes, where it is no number")
    leave_out: tuple[Column, ...] = Field((), description="columns that are no covariates, such as what came after")
    splits: HashedSplits

    @model_validator(mode="after")
    def _arms_are_told(self) -> "MessageLogParams":
        names = set(self.arms.values())
        if self.arm is None:
            if self.arms or self.shares:
                raise ValueError("arms and shares say what a column holds; name it as arm")
            return self
        if NONE not in names or len(names) < 2:
            raise ValueError(f"arms needs one that is called {NONE}, who got no message, and another")
        if self.shares and (set(self.shares) != names or abs(sum(self.shares.values()) - 1) > 1e-6):
            raise ValueError(f"shares has to give each of {', '.join(sorted(names))} a part, and they add up to 1")
        if any(share <= 0 for share in self.shares.values()):
            raise ValueError("the share of an arm is above 0; an arm that nobody could get tells nothing")
        return self


class MessageWorldParams(Strict):
    """People who are simulated, some of whom a message brings back, and some of whom it drives away."""

    source: Literal["message_world"]
    licence: str = "Apache-2.0"
    seed: int = Field(ge=0)
    people: int = Field(ge=1000)
    splits: HashedSplits

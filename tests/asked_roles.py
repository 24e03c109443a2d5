"""What roles that need no items are asked, and what has to come back."""

from collections.abc import Callable
from typing import Any

from components.message import Message, answer_one
from components.roles import ADVERTISE, CHECK, MAKE, NOTIFY
from components.system import System
from data.images import is_made

__all__ = ["WITHOUT_ITEMS"]


def _checks(system: System, asked: Any) -> None:
    request = system.Request.model_validate({"text": "a red dress"})
    checked = answer_one(asked.answers, Message(request)).fields
    assert checked.action in ("allow", "age", "hold", "block")
    assert {finding.action for finding in checked.findings} >= {checked.action}


def _advertises(system: System, asked: Any) -> None:
    candidates = [{"ad_id": name, "bid": bid, "left": left} for name, bid, left in (("a", 9, 9), ("b", 5, 4))]
    request = system.Request.model_validate({"user_id": "new", "slots": 2, "candidates": candidates})
    held = answer_one(asked.answers, Message(request)).fields
    assert [(one.ad_id, one.price <= 9) for one in held.ads] == [("a", True)]
    assert held.filtered == {"b": "budget"}


def _makes(system: System, asked: Any) -> None:
    steps: list[int] = []
    begun = asked.begin(Message(system.Request.model_validate({"seed": 3, "steps": 2})))
    made = begun(lambda step, _: steps.append(step)).parts["picture"].content
    assert steps == [1, 2]
    assert is_made(made)


def _notifies(system: System, asked: Any) -> None:
    decided = answer_one(asked.answers, Message(system.Request.model_validate({"user_id": "new"}))).fields
    assert decided.send is (decided.arm is not None)
    assert decided.reason


WITHOUT_ITEMS: dict[str, Callable[[System, Any], None]] = {
    CHECK: _checks,
    ADVERTISE: _advertises,
    MAKE: _makes,
    NOTIFY: _notifies,
}

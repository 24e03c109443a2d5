"""What the log of requests holds of one: figures and categories of what was asked and shown, no ids and no contents."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from data.marks import Marks
from serving.discovery.call import Call
from serving.discovery.endpoint import Answer, Endpoint
from serving.discovery.stock import Stock
from serving.discovery.types import EventsRequest
from serving.traffic import Row, Traffic

__all__ = ["Seen", "watched"]

MOST_ATTRIBUTES, LONGEST = 8, 40
HEALTH = "/v1/health"  # which probes ask
SHOWN = ("items", "regions")  # lists of an answer


def watched(endpoint: Endpoint) -> bool:
    """Whether requests are logged: those of people who look or act, answered by JSON."""
    of_people = endpoint.scope in ("read", "write") and endpoint.path != HEALTH
    return of_people and endpoint.answers.get(200, endpoint) is not None


class Seen:
    """A request that is being answered."""

    def __init__(self, traffic: Traffic, stock: Stock, endpoint: Endpoint, call: Call, time_s: float) -> None:
        self._traffic, self._stock, self._time_s = traffic, stock, time_s
        self._route = f"{endpoint.method} {endpoint.path}"
        self._asked = (dict(call.path), call.body, len(call.picture or b""))
        self.answer: Answer = None

    def ended(self, status: int, seconds: float) -> None:
        answer = self.answer[1] if isinstance(self.answer, tuple) else self.answer
        shown = answer if isinstance(answer, Mapping) else {}
        rows = partial(_rows, self._traffic.marks, self._stock, self._asked, shown)
        self._traffic.add(self._route, self._time_s, status, seconds, rows)


def _rows(marks: Marks, stock: Stock, asked: tuple[dict[str, str], Any, int], answer: Mapping[str, Any]) -> list[Row]:
    path, body, picture_bytes = asked
    if isinstance(body, EventsRequest):
        rows = []
        for part, event in enumerate(body.events):
            about = {"action": event.action, "surface": event.surface or "none"}
            labels = _labels(stock.find(event.item_id)) | about  # an attribute may be called so too
            features = {} if event.position is None else {"position": float(event.position)}
            rows.append(Row(part, marks.person(event.user_id), marks.item(event.item_id), features, labels))
        return rows
    user_id = getattr(body, "user_id", None) or path.get("user_id")
    item_id = getattr(body, "item_id", None) or path.get("item_id")
    features = _features(body)
    if picture_bytes:
        features["picture_bytes"] = float(picture_bytes)
    if "degraded" in answer:
        features["degraded"] = float(len(answer["degraded"]))
    shown = [one for name in SHOWN for one in answer.get(name, ()) if isinstance(one, Mapping)]
    return [
        Row(
            0,
            marks.person(user_id) if user_id else "",
            marks.item(item_id) if item_id else "",
            features,
            _labels(answer if "item_id" in answer else stock.find(item_id) if item_id else None),
            [_shown(marks, one) for one in shown],
        )
    ]


def _features(body: Any) -> dict[str, float]:
    """Numbers as they are, of a text its words, of a list its length; nothing of what names somebody or something."""
    features = {}
    for name in type(body).model_fields if body is not None else ():
        value = getattr(body, name)
        if isinstance(value, bool | int | float):
            features[name] = float(value)
        elif isinstance(value, str) and not name.endswith("_id"):
            features[f"{name}_words"] = float(len(value.split()))
        elif isinstance(value, list | tuple | dict):
            features[f"{name}_count"] = float(len(value))
    features.pop("time_s", None)
    return features


def _labels(item: Mapping[str, Any] | None) -> dict[str, str]:
    if item is None:
        return {}
    attributes = sorted(item.get("attributes", {}).items())[:MOST_ATTRIBUTES]
    return {name: str(value)[:LONGEST] for name, value in attributes} | {"category": item.get("category") or "none"}


def _shown(marks: Marks, one: Mapping[str, Any]) -> tuple[str, float | None, dict[str, str]]:
    item_id, score = one.get("item_id"), one.get("score")
    labels = {"category": str(one.get("category") or one.get("label") or "none")}
    if "source" in one:
        labels["source"] = str(one["source"])
    return marks.item(item_id) if item_id else "", score, labels

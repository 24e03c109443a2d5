"""A golden request asked of a service over HTTP, and whether its answer is still the same."""

import json
import time
from collections.abc import Collection
from typing import Any

from components.golden import TOLERANCE, differences, part_differences
from components.message import Part
from components.system import Golden
from serving.answers import ANSWER
from serving.form import read_form
from serving.requests import REQUEST

__all__ = ["HTTP", "ask", "ask_whole", "missing", "replay"]

SHOWN = 3  # differences listed a request
BUSY = (429, 503)  # asked again, too
ATTEMPTS, PAUSE_S = 5, 2.5  # a system that was slow is left alone for two seconds
HTTP = "http"  # beside the fields of a golden of several endpoints, how it is asked: {"method", "path", "status"}


def ask(client: Any, address: str, golden: Golden, route: str = "") -> Any:
    """The answer to a golden request, of httpx. route: where a system's own service answers."""
    fields = dict(golden.request)
    asked = fields.pop(HTTP, None) or {"method": "POST", "path": f"/v1/{route}"}
    sent: dict[str, Any] = {} if asked["method"] == "GET" else {"json": fields}
    if golden.parts:
        files = {name: (name, part.content, part.media_type) for name, part in golden.parts.items()}
        sent = {"files": files, "data": {REQUEST: json.dumps(fields)} if fields else {}}
    return client.request(asked["method"], address + asked["path"], **sent)


def ask_whole(client: Any, address: str, golden: Golden, left_out: Collection[str], route: str = "") -> Any:
    """As `ask`, and again where a system other than those in `left_out` was too slow for the answer."""
    for _ in range(ATTEMPTS - 1):
        response = ask(client, address, golden, route)
        answer = {} if response.is_error else _read(response)[0]
        if response.status_code not in BUSY and not missing(answer) - set(left_out):
            return response
        time.sleep(PAUSE_S)
    return ask(client, address, golden, route)


def missing(answer: Any) -> set[str]:
    """The systems that an answer of a composed service had to do without."""
    return {part["system"] for part in answer.get("degraded", ())} if isinstance(answer, dict) else set()


def replay(
    client: Any, address: str, golden: Golden, route: str = "", tolerance: float = TOLERANCE, pixels: float = 0.0
) -> list[str]:
    """What differs from the golden answer, a line each; empty if nothing does.

    tolerance, pixels: as `System.tolerance` and `System.pixel_tolerance`. Of an answer that is an error the status
    counts, not the words.
    """
    response = ask_whole(client, address, golden, missing(golden.answer), route)
    status = golden.request.get(HTTP, {}).get("status", 200)
    if response.status_code != status:
        return [f"HTTP {response.status_code} instead of {status}, {response.text[:200]}"]
    if response.is_error:
        return []
    answer, parts = _read(response)
    changed = differences(golden.answer, answer, tolerance) + part_differences(golden.answer_parts, parts, pixels)
    return changed[:SHOWN]


def _read(response: Any) -> tuple[Any, dict[str, Part]]:
    """The fields and the parts of an answer of httpx."""
    content_type = response.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        return response.json(), {}
    form = {field.name: field for field in read_form(content_type, response.content)}
    fields = json.loads(form.pop(ANSWER).content)
    return fields, {name: Part(field.content, field.media_type) for name, field in form.items()}

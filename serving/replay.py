"""Sends a golden request to a service over HTTP and compares the answer with the golden one."""

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
BUSY = (429, 503)  # the request is sent again
ATTEMPTS, PAUSE_S = 5, 2.5  # a slow system gets no request for two seconds
# A golden of a service with several endpoints has this field: {"method", "path", "status"} of the HTTP request.
HTTP = "http"


def ask(client: Any, address: str, golden: Golden, route: str = "") -> Any:
    """Send a golden request; returns the response of httpx. route: of a system's own service."""
    fields = dict(golden.request)
    http = fields.pop(HTTP, None) or {"method": "POST", "path": f"/v1/{route}"}
    body: dict[str, Any] = {} if http["method"] == "GET" else {"json": fields}
    if golden.parts:
        files = {name: (name, part.content, part.media_type) for name, part in golden.parts.items()}
        body = {"files": files, "data": {REQUEST: json.dumps(fields)} if fields else {}}
    return client.request(http["method"], address + http["path"], **body)


def ask_whole(client: Any, address: str, golden: Golden, left_out: Collection[str], route: str = "") -> Any:
    """Like `ask`, but try again while the answer lacks a system that is not in `left_out`: it may only be slow."""
    for _ in range(ATTEMPTS - 1):
        response = ask(client, address, golden, route)
        answer = {} if response.is_error else _read(response)[0]
        if response.status_code not in BUSY and not missing(answer) - set(left_out):
            return response
        time.sleep(PAUSE_S)
    return ask(client, address, golden, route)


def missing(answer: Any) -> set[str]:
    """The systems that a degraded answer of a composed service lacks."""
    return {part["system"] for part in answer.get("degraded", ())} if isinstance(answer, dict) else set()


def replay(
    client: Any, address: str, golden: Golden, route: str = "", tolerance: float = TOLERANCE, pixels: float = 0.0
) -> list[str]:
    """Replay a golden request; returns a line for each difference from the golden answer, none if they agree.

    tolerance, pixels: as `System.tolerance` and `System.pixel_tolerance`. Of an error only the status is compared.
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
    """The fields and the parts of a response of httpx."""
    content_type = response.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        return response.json(), {}
    form = {field.name: field for field in read_form(content_type, response.content)}
    fields = json.loads(form.pop(ANSWER).content)
    return fields, {name: Part(field.content, field.media_type) for name, field in form.items()}

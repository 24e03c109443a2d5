"""A golden request asked of a service over HTTP, and whether its answer is still the same."""

import json
from typing import Any

from components.golden import differences
from components.system import Golden

__all__ = ["HTTP", "ask", "replay"]

SHOWN = 3  # differences listed a request
HTTP = "http"  # beside the fields of a golden of several endpoints, how it is asked: {"method", "path", "status"}


def ask(client: Any, address: str, golden: Golden, route: str = "") -> Any:
    """The answer to a golden request, of httpx. route: where a system's own service answers."""
    fields = dict(golden.request)
    asked = fields.pop(HTTP, None) or {"method": "POST", "path": f"/v1/{route}"}
    sent: dict[str, Any] = {} if asked["method"] == "GET" else {"json": fields}
    if golden.picture is not None:
        data = {"request": json.dumps(fields)} if fields else {}
        sent = {"files": {"picture": golden.picture}, "data": data}
    return client.request(asked["method"], address + asked["path"], **sent)


def replay(client: Any, address: str, golden: Golden, route: str = "") -> list[str]:
    """What differs from the golden answer, a line each; empty if nothing does.

    Of an answer that is an error the status counts, not the words.
    """
    response = ask(client, address, golden, route)
    status = golden.request.get(HTTP, {}).get("status", 200)
    if response.status_code != status:
        return [f"HTTP {response.status_code} instead of {status}, {response.text[:200]}"]
    return [] if response.is_error else differences(golden.answer, response.json())[:SHOWN]

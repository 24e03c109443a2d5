"""The Prefect server without Prefect, whose import takes a second: its work pool, who we are to it, whether it answers,
and the event of a new champion.
"""

import os
import uuid
from datetime import UTC, datetime

import httpx

from data.errors import UserError

__all__ = ["CHANGED", "POOL", "check_server", "credentials", "resource", "tell_of_champion"]

POOL = "local"  # of process workers
CHANGED = "corkboard.champion.changed"
ANSWER_S = 10.0
CLOUD = "prefect.cloud"


def credentials() -> tuple[str, str] | None:
    """User and password for a server that asks for them, as Prefect's own clients read them."""
    user, given, secret = os.environ.get("PREFECT_API_AUTH_STRING", "").partition(":")
    return (user, secret) if given else None


def check_server(url: str) -> None:
    """Raise `UserError` within seconds if there is no Prefect API at `url`, or it refuses our password."""
    try:
        shown = str(httpx.URL(url).copy_with(userinfo=b""))
        answer = httpx.get(f"{url.rstrip('/')}/health", timeout=ANSWER_S)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise UserError(
            "PREFECT_API_URL is no address such as http://127.0.0.1:4200/api; correct or unset it"
        ) from None
    except httpx.HTTPError as error:
        raise UserError(
            f"the Prefect server at {shown} does not answer ({str(error) or type(error).__name__}); "
            f"start it, or correct or unset PREFECT_API_URL"
        ) from None
    if CLOUD in shown:
        return
    if answer.text.strip() != "true":
        raise UserError(f"there is no Prefect API at {shown}; correct PREFECT_API_URL, whose path is usually /api")
    if httpx.get(f"{url.rstrip('/')}/admin/version", timeout=ANSWER_S, auth=credentials()).status_code == 401:
        raise UserError(f"the Prefect server at {shown} refuses the password; correct CORKBOARD_PASSWORD")


def resource(system: str) -> dict[str, str]:
    """What events of a system are about."""
    return {"prefect.resource.id": f"corkboard.system.{system}", "prefect.resource.name": system}


def tell_of_champion(url: str, system: str, version: int) -> None:
    """As `flows.events.champion_changed`, from outside a flow. Raises `httpx.HTTPError` where it cannot be told."""
    event: dict[str, object] = {"id": str(uuid.uuid4()), "occurred": datetime.now(UTC).isoformat(), "event": CHANGED}
    event |= {"resource": resource(system), "payload": {"system": system, "version": version}}
    secure = url.startswith("https")  # else reading all authorities would take a tenth of a second for nothing
    place = f"{url.rstrip('/')}/events"
    httpx.post(place, json=[event], timeout=ANSWER_S, auth=credentials(), verify=secure).raise_for_status()

"""The Prefect server: its work pool, who we are to it, and a check that it answers."""

import os

import httpx

from data.errors import UserError

__all__ = ["POOL", "check_server", "credentials"]

POOL = "local"  # of process workers
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

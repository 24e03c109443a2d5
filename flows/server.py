"""The Prefect server: its work pool, and a check that it answers."""

import httpx

from data.errors import UserError

__all__ = ["POOL", "check_server"]

POOL = "local"  # of process workers
ANSWER_S = 10.0
CLOUD = "prefect.cloud"


def check_server(url: str) -> None:
    """Raise `UserError` within seconds if there is no Prefect API at `url`."""
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
    if CLOUD not in shown and answer.text.strip() != "true":
        raise UserError(f"there is no Prefect API at {shown}; correct PREFECT_API_URL, whose path is usually /api")

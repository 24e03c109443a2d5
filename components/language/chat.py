"""One exchange with a chat endpoint: a time limit, retries, and every misbehaviour as one sentence."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from components.language.endpoint import Endpoint
from data.errors import UserError

__all__ = ["EndpointError", "post"]

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
MOST_WAIT_S = 60.0  # an endpoint that asks for a longer pause is out of quota for now
MOST_BYTES = 4_000_000
SHOWN = 200  # characters shown of an endpoint's message
KEPT = "what was labelled is kept"


class EndpointError(UserError):
    """The endpoint gives no answer, so that asking on makes no sense."""


class _PassingError(EndpointError):
    """A fault that may pass, and how long the endpoint wants us to wait."""

    def __init__(self, sentence: str, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


def post(
    client: httpx.Client, endpoint: Endpoint, body: dict[str, Any], sleep: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """The endpoint's answer to a chat request, asked again after faults that may pass.

    Raises:
        EndpointError: there is none; the sentence never holds the key.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(_PassingError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait_s,
        sleep=sleep,
        reraise=True,
    )
    return retrying(_once, client, endpoint, body)


def _wait_s(state: RetryCallState) -> float:
    fault = state.outcome.exception() if state.outcome else None
    asked = fault.wait_s if isinstance(fault, _PassingError) else None
    return asked if asked is not None else FIRST_WAIT_S * 2 ** (state.attempt_number - 1)


def _once(client: httpx.Client, endpoint: Endpoint, body: dict[str, Any]) -> dict[str, Any]:
    key = endpoint.key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = f"{endpoint.url}/chat/completions"
    until = time.monotonic() + endpoint.limit_s
    content = b""
    try:
        with client.stream("POST", url, json=body, headers=headers, timeout=endpoint.limit_s) as answer:
            for part in answer.iter_bytes():
                content += part
                if time.monotonic() > until:  # httpx limits each read, and an endpoint may drip
                    raise httpx.ReadTimeout("drips")
                if len(content) > MOST_BYTES:
                    raise EndpointError(f"{endpoint.url} answers with more than {MOST_BYTES // 10**6} MB; check it")
    except httpx.TimeoutException:
        raise _PassingError(
            f"{endpoint.url} did not answer within {endpoint.limit_s:g} s; set CORKBOARD_LLM_LIMIT_S higher, or try "
            f"again later: {KEPT}"
        ) from None
    except httpx.HTTPError as error:
        raise _PassingError(
            f"no language model answers at {endpoint.url} ({_plain(str(error), key) or type(error).__name__}); start "
            f"it, or correct or unset CORKBOARD_LLM_URL: {KEPT}"
        ) from None
    if answer.status_code != httpx.codes.OK:
        raise _refusal(endpoint, answer, _message(content, key))
    return _parsed(endpoint, answer, content)


def _parsed(endpoint: Endpoint, answer: httpx.Response, content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        kind = answer.headers.get("content-type", "nothing known").partition(";")[0]
        if "json" in kind:
            raise _PassingError(f"{endpoint.url} cuts its JSON; try again later: {KEPT}") from None
        raise EndpointError(
            f"{endpoint.url} answers {kind} instead of JSON; correct CORKBOARD_LLM_URL, whose path usually ends in /v1"
        ) from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("choices"), list) or not parsed["choices"]:
        raise EndpointError(f"{endpoint.url} answers JSON without `choices`; is it an OpenAI-compatible API?")
    return parsed


def _refusal(endpoint: Endpoint, answer: httpx.Response, message: str) -> EndpointError:
    """The error of a status other than 200."""
    status = answer.status_code
    said = f"{status}{f': {message}' if message else ''}"
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait_s = _asked_wait_s(answer.headers.get("retry-after", ""))
        if "quota" in message.lower() or (wait_s or 0) > MOST_WAIT_S:
            until = f", asks to wait {wait_s:.0f} s" if wait_s else ""
            return EndpointError(f"{endpoint.url} is out of quota ({said}){until}; run again later: {KEPT}")
        return _PassingError(f"{endpoint.url} has too many requests ({said}); run again later: {KEPT}", wait_s)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
        wait_s = _asked_wait_s(answer.headers.get("retry-after", ""))
        brief = None if wait_s is None or wait_s > MOST_WAIT_S else wait_s
        return _PassingError(f"{endpoint.url} fails ({said}); run again later: {KEPT}", brief)
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return EndpointError(f"{endpoint.url} refuses the key ({said}); correct CORKBOARD_LLM_KEY")
    if status == httpx.codes.NOT_FOUND:
        return EndpointError(
            f"{endpoint.url} knows no chat or no model {endpoint.model!r} ({said}); correct CORKBOARD_LLM_URL, whose "
            f"path usually ends in /v1, or CORKBOARD_LLM_MODEL"
        )
    return EndpointError(
        f"{endpoint.url} refuses the request ({said}); take out what it does not know by CORKBOARD_LLM_OPTIONS"
    )


def _asked_wait_s(value: str) -> float | None:
    """Seconds of a Retry-After, which is a number or a date."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _message(content: bytes, key: str) -> str:
    """What the endpoint says about a fault, as far as it says it in the usual way."""
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        return ""
    said = error.get("message") if isinstance(error, dict) else error
    return _plain(str(said or ""), key)


def _plain(text: str, key: str) -> str:
    """Text of others on one line, without the key."""
    line = " ".join(text.split())
    return (line.replace(key, "***") if key else line)[:SHOWN]

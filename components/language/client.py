"""Asks a language model, and takes only answers of the wanted form; answers are kept on disk by content."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args, get_origin

import httpx
from pydantic import BaseModel, ValidationError

from components.language.chat import EndpointError, post
from components.language.confidence import confidences
from components.language.endpoint import Endpoint
from data.errors import UserError
from data.files import write_json
from data.project import home

__all__ = ["Client", "InvalidAnswerError", "Message", "Reply", "asked", "request_of"]

ATTEMPTS = 3
ALTERNATIVES = 20  # tokens beside the chosen one whose probabilities are asked for: as many as the API gives
SHOWN = 120

Message = dict[str, str]


class InvalidAnswerError(UserError):
    """The model did not answer in the wanted form, however often it was asked. tokens, cost: as those of a `Reply`."""

    def __init__(self, message: str, tokens: tuple[int, int], cost: float | None) -> None:
        super().__init__(message)
        self.tokens, self.cost = tokens, cost


@dataclass(frozen=True)
class Reply:
    """A valid answer.

    values: by field. sure: the probability of each, where the endpoint tells. asked: hash of the request.
    content: the text as it came. tokens: of prompt and answer, of all attempts. cost: dollars, where prices are set.
    """

    values: dict[str, Any]
    sure: dict[str, float | None]
    asked: str
    content: str
    tokens: tuple[int, int]
    cost: float | None
    attempts: int
    kept: bool
    started_s: float
    seconds: float


def request_of(
    endpoint: Endpoint, messages: Sequence[Message], answer: type[BaseModel], most_tokens: int
) -> dict[str, Any]:
    """The request of a chat for an answer of that form."""
    schema = {"name": answer.__name__, "strict": True, "schema": answer.model_json_schema()}
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": list(messages),
        "temperature": 0,
        "seed": 0,
        "max_tokens": most_tokens,
        "logprobs": True,
        "top_logprobs": ALTERNATIVES,
        "response_format": {"type": "json_schema", "json_schema": schema},
    } | endpoint.options
    return {name: value for name, value in body.items() if value is not None}


def asked(endpoint: Endpoint, body: dict[str, Any]) -> str:
    """The hash of a request and of who answers it."""
    content = json.dumps([endpoint.identity, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


class Client:
    """Asks one endpoint; safe to call from several threads.

    folder: where answers are kept. sleep: how it waits between attempts.
    """

    def __init__(
        self, endpoint: Endpoint, folder: Path | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.endpoint = endpoint
        self.folder = folder or home() / "cache" / "language"
        self.sleep = sleep
        self.http = httpx.Client(trust_env=False)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def ask(self, body: dict[str, Any], answer: type[BaseModel]) -> Reply:
        """The answer to `body`, which `request_of` makes; one that is kept is not asked for again.

        Raises:
            EndpointError: the endpoint gives no answer.
            InvalidAnswerError: no answer has the wanted form.
        """
        begun = time.time()
        key = asked(self.endpoint, body)
        path = self.folder / key[:2] / f"{key}.json"
        if path.is_file():
            kept = json.loads(path.read_text(encoding="utf-8"))
            return Reply(asked=key, kept=True, cost=None, started_s=begun, seconds=0.0, **_tupled(kept))
        messages, used = list(body["messages"]), [0, 0]
        fault = ""
        for attempt in range(1, ATTEMPTS + 1):
            got = post(self.http, self.endpoint, body | {"messages": messages}, self.sleep)
            content, tokens = _content(got)
            used = [used[0] + tokens[0], used[1] + tokens[1]]
            try:
                values = answer.model_validate_json(content, strict=True).model_dump()
            except ValidationError as error:
                fault = _fault(got, error)
                messages = [*body["messages"], *_again(content, fault)]
                continue
            said = {
                "values": values,
                "sure": confidences(content, _tokens(got), {name: _options(answer, name) for name in values}),
                "content": content,
                "tokens": used,
                "attempts": attempt,
            }
            write_json(path, said)
            cost = self.endpoint.cost(*used)
            return Reply(
                asked=key, kept=False, cost=cost, started_s=begun, seconds=time.time() - begun, **_tupled(said)
            )
        raise InvalidAnswerError(
            f"{self.endpoint.model} gave no valid answer in {ATTEMPTS} attempts ({fault}); choose a model that follows "
            f"a JSON schema",
            (used[0], used[1]),
            self.endpoint.cost(*used),
        )


def _tupled(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"tokens": tuple(said["tokens"])}


def _content(got: dict[str, Any]) -> tuple[str, tuple[int, int]]:
    try:
        content = got["choices"][0]["message"]["content"] or ""
    except (KeyError, IndexError, TypeError):
        raise EndpointError("the endpoint answers a chat without a message; is it an OpenAI-compatible API?") from None
    usage = got.get("usage")
    counts = [usage.get(name) if isinstance(usage, dict) else None for name in ("prompt_tokens", "completion_tokens")]
    prompt, answer = (count if isinstance(count, int) else 0 for count in counts)
    return str(content), (prompt, answer)


def _tokens(got: dict[str, Any]) -> Any:
    told = got["choices"][0].get("logprobs")
    return told.get("content") if isinstance(told, dict) else None


def _options(answer: type[BaseModel], name: str) -> Sequence[Any] | None:
    """What a field can be, where it is one of a few."""
    kind = answer.model_fields[name].annotation
    return get_args(kind) if get_origin(kind) is Literal else None


def _fault(got: dict[str, Any], error: ValidationError) -> str:
    if got["choices"][0].get("finish_reason") == "length":
        return "it was cut at max_tokens"
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}"[:SHOWN] if where else str(first["msg"])[:SHOWN]


def _again(content: str, fault: str) -> list[Message]:
    """What follows an answer that is not valid."""
    return [
        {"role": "assistant", "content": content[:2000]},
        {"role": "user", "content": f"That is not valid: {fault}. Answer again, with the JSON object alone."},
    ]

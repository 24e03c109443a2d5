"""The client of language models against a real server: valid answers, and every way to misbehave."""

import json
import logging
import math
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from components.labels.question import form
from components.language.chat import EndpointError
from components.language.client import Client, InvalidAnswerError, Reply, request_of
from components.language.confidence import confidences
from components.language.endpoint import Endpoint, configured
from data.errors import UserError
from tests.language_stub import Answered, Say, chat, stub

KEY = "sk-very-secret"
FORM = form("kinds", {"kind": ("dress", "shirt")})
GOOD = '{"kind": "dress"}'
Ask = Callable[..., Reply]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask `url` what a thing is; the waits between attempts are noted in `ask.waits` instead of waited."""
    waits: list[float] = []

    def asked(url: str, limit_s: float = 5.0, title: str = "Red dress", **more: Any) -> Reply:
        endpoint = Endpoint(url=url, model="m", identity=url, key=SecretStr(KEY), limit_s=limit_s, **more)
        body = request_of(endpoint, [{"role": "user", "content": title}], FORM, 50)
        with Client(endpoint, tmp_path / "cache", waits.append) as client:
            return client.ask(body, FORM)

    asked.waits = waits  # type: ignore[attr-defined]
    return asked


def test_a_valid_answer_with_its_cost_is_asked_once_and_kept(ask: Any, tmp_path: Path) -> None:
    with stub(lambda body, number: chat(GOOD)) as endpoint:
        first = ask(endpoint.url, prices=(2.0, 10.0))
        second = ask(endpoint.url)
        ask(endpoint.url, title="another")
    assert (first.values, first.tokens, first.kept) == ({"kind": "dress"}, (100, 10), False)
    assert first.cost == pytest.approx(100 * 2e-6 + 10 * 1e-5)
    assert (second.values, second.kept, second.cost) == ({"kind": "dress"}, True, None)
    assert len(endpoint.asked) == 2
    schema = endpoint.asked[0]["response_format"]["json_schema"]
    assert schema["strict"]
    assert schema["schema"]["properties"]["kind"]["enum"] == ["dress", "shirt"]
    assert schema["schema"]["additionalProperties"] is False
    assert endpoint.keys[0] == f"Bearer {KEY}"
    assert KEY not in "".join(path.read_text() for path in tmp_path.rglob("*.json"))


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": None}, {"prompt_tokens": "many"}])
def test_tokens_that_are_not_told_count_nothing(ask: Any, usage: Any) -> None:
    told = {"choices": [{"message": {"content": GOOD}, "logprobs": []}], "usage": usage}
    with stub(lambda body, number: Answered(json.dumps(told))) as endpoint:
        assert ask(endpoint.url).tokens == (0, 0)


def test_fields_of_a_request_can_be_changed_and_left_out(ask: Any) -> None:
    with stub(lambda body, number: chat(GOOD)) as endpoint:
        ask(endpoint.url, options={"logprobs": None, "top_logprobs": None, "reasoning_effort": "low"})
    assert not {"logprobs", "top_logprobs"} & endpoint.asked[0].keys()
    assert endpoint.asked[0]["reasoning_effort"] == "low"


def _first(fault: Answered, then: Answered) -> Say:
    return lambda body, number: then if number else fault


def test_too_many_requests_waits_as_long_as_it_is_told(ask: Any) -> None:
    busy = Answered('{"error": {"message": "slow down"}}', 429, headers={"Retry-After": "7"})
    with stub(_first(busy, chat(GOOD))) as endpoint:
        assert ask(endpoint.url).values == {"kind": "dress"}
    assert ask.waits == [7.0]


def test_a_server_that_fails_is_asked_again_and_given_up(ask: Any) -> None:
    failing = Answered("oops", 503, "text/plain")
    with (
        stub(lambda body, number: failing) as endpoint,
        pytest.raises(EndpointError, match=r"fails \(503\); run again"),
    ):
        ask(endpoint.url)
    assert len(endpoint.asked) == 4
    assert ask.waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("answered", "sentence"),
    [
        (Answered('{"error": {"message": "You exceeded your current quota"}}', 429), "out of quota"),
        (Answered("{}", 429, headers={"Retry-After": "3600"}), "asks to wait 3600 s"),
        (Answered("<html>Sign in</html>", 200, "text/html; charset=utf-8"), "answers text/html instead of JSON"),
        (Answered('{"object": "list"}'), "without `choices`"),
        (Answered('{"choices": [{"text": "x"}]}'), "without a message"),
        (Answered(json.dumps({"error": {"message": f"bad key {KEY}"}}), 401), "correct CORKBOARD_LLM_KEY"),
        (Answered("{}", 404), "correct CORKBOARD_LLM_URL"),
        (Answered('{"error": "no logprobs"}', 400), r"no logprobs.*CORKBOARD_LLM_OPTIONS"),
    ],
)
def test_what_does_not_pass_is_told_at_once_without_the_key(ask: Any, answered: Answered, sentence: str) -> None:
    with stub(lambda body, number: answered) as endpoint, pytest.raises(EndpointError, match=sentence) as caught:
        ask(endpoint.url)
    assert len(endpoint.asked) == 1
    assert KEY not in str(caught.value)


def test_an_endpoint_that_is_away(ask: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(EndpointError, match="no language model answers at"):
            ask(f"http://127.0.0.1:{probe.getsockname()[1]}/v1")


def test_an_endpoint_that_drips_is_limited_as_a_whole(ask: Any) -> None:
    slow = chat(GOOD)
    slow.pause_s = 0.1
    began = time.monotonic()
    with (
        stub(lambda body, number: slow) as endpoint,
        pytest.raises(EndpointError, match=r"did not answer within 0.2 s"),
    ):
        ask(endpoint.url, limit_s=0.2)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "wrong",
    [chat('{"kind": "dre', "length"), chat('{"kind": "boat"}'), chat('{"kind": "dress", "x": 1}'), chat("A dress!")],
)
def test_an_answer_of_another_form_is_asked_again_with_what_is_wrong(ask: Any, wrong: Answered) -> None:
    with stub(_first(wrong, chat(GOOD))) as endpoint:
        reply = ask(endpoint.url)
    assert (reply.values, reply.attempts, reply.tokens) == ({"kind": "dress"}, 2, (200, 20))
    assert endpoint.asked[1]["messages"][-1]["content"].startswith("That is not valid")


def test_a_model_that_ignores_the_schema_is_given_up(ask: Any, tmp_path: Path) -> None:
    talks = chat("Sure! It is a dress.")
    with stub(lambda body, number: talks) as endpoint, pytest.raises(InvalidAnswerError, match="in 3 attempts"):
        ask(endpoint.url)
    assert len(endpoint.asked) == 3
    assert not list(tmp_path.rglob("*.json"))


def test_the_key_is_in_no_log(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with stub(lambda body, number: chat(GOOD)) as endpoint:
        reply = ask(endpoint.url)
    assert caplog.records
    assert KEY not in caplog.text + repr(reply)
    assert KEY not in repr(Endpoint(url="http://x", model="m", identity="x", key=SecretStr(KEY)))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"URL": "localhost:8000"}, "is no address"),
        ({"URL": "http://me:secret@host/v1", "MODEL": "m"}, "is no address"),
        ({"URL": "http://host/v1"}, "CORKBOARD_LLM_MODEL is not"),
        ({"URL": "http://host/v1", "MODEL": "m", "LIMIT_S": "soon"}, "CORKBOARD_LLM_LIMIT_S"),
        ({"URL": "http://host/v1", "MODEL": "m", "PRICES": "3"}, "CORKBOARD_LLM_PRICES"),
        ({"URL": "http://host/v1", "MODEL": "m", "OPTIONS": "{"}, "CORKBOARD_LLM_OPTIONS"),
    ],
)
def test_a_wrong_variable_is_named(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        configured({f"CORKBOARD_LLM_{name}": value for name, value in given.items()})
    assert "secret" not in str(caught.value)


def test_without_an_address_none_is_configured() -> None:
    assert configured({"CORKBOARD_LLM_LIMIT_S": "5"}) is None
    for name in ("MODEL", "KEY"):
        with pytest.raises(UserError, match=f"CORKBOARD_LLM_{name} is set and CORKBOARD_LLM_URL is not") as caught:
            configured({f"CORKBOARD_LLM_{name}": "secret"})
        assert "secret" not in str(caught.value)


def test_confidence_counts_only_tokens_that_lead_to_an_option() -> None:
    def token(text: str, share: float, **others: float) -> dict[str, Any]:
        ranked = [{"token": other, "logprob": math.log(chance)} for other, chance in others.items()]
        return {"token": text, "logprob": math.log(share), "top_logprobs": ranked}

    tokens = [
        token('{"kind": "', 0.01, The=0.9),
        token("dre", 0.2, shirt=0.1, boat=0.6),  # of those that lead to an option: 0.2 of 0.3
        token("ss", 0.5, am=0.5),  # no option begins with "dream"
        token('"}', 1.0),
    ]
    sure = confidences('{"kind": "dress"}', tokens, {"kind": ("dress", "shirt")})
    assert sure["kind"] == pytest.approx(2 / 3)
    assert confidences(GOOD, None, {"kind": ("dress",)}) == {"kind": None}
    for odd in ([{"token": GOOD}], ["x"], {"token": 1}):
        assert confidences(GOOD, odd, {"kind": None}) == {"kind": None}
    assert confidences('{"kind": "x"}', tokens, {"kind": None}) == {"kind": None}

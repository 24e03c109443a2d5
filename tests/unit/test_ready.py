"""A service that was just started is waited for, and one that never gets ready is told with what it said."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from components.system import Golden
from data.errors import UserError
from serving import smoke
from serving.process import free_port
from serving.ready import ready

WELL = '{"systems": {"a": {"status": "ok"}, "b": {"status": "missing"}}}'
FAILING = '{"systems": {"a": {"status": "failing", "reason": "it is slow"}}}'
Answers = list[tuple[int, str]]


@pytest.fixture
def answers() -> Answers:
    """In turns, and the last one for good."""
    return []


@pytest.fixture
def address(answers: Answers) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_it_is_asked_until_every_system_answers(address: str, answers: Answers) -> None:
    answers += [(429, '{"error": "too many"}'), (502, "none"), (200, FAILING), (200, WELL)]
    assert set(ready(address)["systems"]) == {"a", "b"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((429, '{"error": "too many"}'), "HTTP 429.*too many"),
        ((200, FAILING), "a does not answer: it is slow"),
        ((500, "none"), "HTTP 500 without JSON"),
    ],
)
def test_what_it_said_instead_is_told(address: str, answers: Answers, answer: tuple[int, str], told: str) -> None:
    answers.append(answer)
    with pytest.raises(UserError, match=told):
        ready(address, 0.0)


def test_goldens_of_a_service_that_died_fail_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.ready.READY_S", 0.0)
    found = smoke.replayed(f"http://127.0.0.1:{free_port()}", smoke.Expected([Golden("item", {"k": 1}, {})], "x"))
    assert [line.partition(":")[0] for line in found["failures"]] == ["health", "item"]
    assert not found["passed"]

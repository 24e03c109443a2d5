"""An OpenAI-compatible endpoint on the loopback that answers as a test tells it, and remembers what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answered:
    """What the stub sends: `body` as it is, in parts with a pause between them."""

    body: str
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0.0


Say = Callable[[dict[str, Any], int], Answered]


@dataclass
class Stub:
    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def chat(content: str, finish: str = "stop", **more: Any) -> Answered:
    """The usual answer of a chat."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content}, **more}
    return Answered(json.dumps({"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 10}}))


@contextmanager
def stub(say: Say) -> Iterator[Stub]:
    """An endpoint whose answer to the n-th request is `say(request, n)`, n from 0."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            running.asked.append(body)
            running.keys.append(self.headers.get("authorization", ""))
            answered = say(body, len(running.asked) - 1)
            self.send_response(answered.status)
            content = answered.body.encode()
            for name, value in {"content-type": answered.kind, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            for name, value in answered.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for start in range(0, len(content), 20):
                    self.wfile.write(content[start : start + 20])
                    if answered.pause_s:
                        self.wfile.flush()
                        time.sleep(answered.pause_s)
            except (BrokenPipeError, ConnectionResetError):
                return  # who asked has gone

        def log_message(self, *arguments: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = Stub(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

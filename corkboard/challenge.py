"""A challenger behind the address of the champion: who is answered by it, and what is counted of both."""

import asyncio
import json
import re
import sqlite3
import time
from contextlib import suppress

import aiohttp
from aiohttp import web

from components.canary.changes import design, end
from components.canary.guard import broken
from components.canary.state import CHALLENGER, CHAMPION, Canary, Live, running, save_live
from components.experiments.assignment import arm_of
from components.experiments.steps import opened_store
from corkboard.front import Arm, Backend, Shown
from data.errors import UserError
from data.marks import Marks
from data.traffic import place

__all__ = ["Challenger", "person_of", "stop"]

PERSON = "X-Corkboard-Person"  # whom a request is about, where neither its address nor its body says so
USER = re.compile(r"/v1/users/([^/]+)")
ASKS, TELLS = ("GET", "POST"), "/v1/events"
API, HEALTH = "/v1/", "/v1/health"  # what is repeated; each service has a health of its own
AT_ONCE = 8  # requests that are repeated; further ones are not
MOST_SEEN = 1_000_000
SAVE_S = 2.0


class Challenger:
    """A challenger that is served by `backend`."""

    def __init__(self, canary: Canary, backend: Backend, session: aiohttp.ClientSession) -> None:
        self.canary, self.backend, self._session = canary, backend, session
        self.in_shadow = canary.mode == "shadow"
        self._design = design(canary) if canary.mode == "canary" else None
        self._marks, self._seen = Marks(place()), set[str]()
        self._live, self._saved = Live(), time.monotonic()
        self._repeating: set[asyncio.Task[None]] = set()

    async def arm(self, request: web.Request, body: bytes | None) -> Arm | None:
        """A canary answers its share of people, each of whom is exposed at the first time."""
        if request.path == TELLS or request.method not in ASKS:
            return None
        if self._design is None:
            return CHAMPION if request.path.startswith(API) and request.path != HEALTH else None
        user_id = person_of(request, body)
        if user_id is None:
            return None
        try:
            person = self._marks.person(user_id)
        except UnicodeEncodeError:  # no text, so nobody's name
            return None
        if person not in self._seen and len(self._seen) < MOST_SEEN:
            try:
                await asyncio.to_thread(opened_store().expose, self._design.name, person)
            except (sqlite3.Error, UserError):  # such as a full disk: who is not counted sees the champion
                return None
            self._seen.add(person)
        return CHALLENGER if arm_of(self._design, person) == CHALLENGER else CHAMPION

    def answered(self, arm: Arm, status: int, ms: float) -> None:
        self._live = self._live.model_copy(update={arm: getattr(self._live, arm).after(status >= 500, ms)})

    def repeat(self, request: web.Request, headers: list[tuple[str, str]], body: bytes | None, shown: Shown) -> None:
        if len(self._repeating) >= AT_ONCE:
            self._live = self._live.model_copy(update={"skipped": self._live.skipped + 1})
            return
        task = asyncio.create_task(self._repeated(request.method, request.raw_path, headers, body, shown))
        self._repeating.add(task)
        task.add_done_callback(self._repeating.discard)

    async def _repeated(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes | None, shown: Shown
    ) -> None:
        started, status, own = time.perf_counter(), 502, b""
        with self.backend.answering(), suppress(aiohttp.ClientError, TimeoutError):
            async with self._session.request(
                method, self.backend.address + path, headers=headers, data=body, allow_redirects=False
            ) as made:
                own, status = await made.read(), made.status
        if status == 403:  # what it may not do in shadow
            return
        self.answered(CHAMPION, shown.status, shown.ms)
        self.answered(CHALLENGER, status, (time.perf_counter() - started) * 1e3)
        which = "same" if own == shown.content else "other"
        self._live = self._live.model_copy(update={which: getattr(self._live, which) + 1})

    def look(self) -> str | None:
        """Why it has to be stopped at once, if it has to."""
        return broken(self._live)

    def keep(self) -> None:
        """Write what was counted, now and then."""
        if time.monotonic() - self._saved > SAVE_S:
            self.save()

    def save(self) -> None:
        self._saved = time.monotonic()
        save_live(self.canary, self._live)

    async def close(self) -> None:
        for task in list(self._repeating):
            task.cancel()
        self.save()


def person_of(request: web.Request, body: bytes | None) -> str | None:
    """Whom a request is about: by a header, its address, or `user_id` in its JSON; None: nobody."""
    if given := request.headers.get(PERSON):
        return given
    if found := USER.match(request.path):
        return found[1]
    if body and request.content_type == "application/json":
        with suppress(ValueError, AttributeError, RecursionError):
            user_id = json.loads(body).get("user_id")
            return user_id if isinstance(user_id, str) else None
    return None


def stop(canary: Canary, why: str) -> None:
    """Stop a challenger, unless somebody did."""
    if running(canary.system) == canary:
        end(canary.system, why)

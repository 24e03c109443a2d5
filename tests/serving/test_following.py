"""A service that changes to another release, and back, while twenty callers ask without pause."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from components.canary.changes import design
from components.canary.state import Canary, allow, allowed, canaries
from components.experiments.store import Store
from corkboard.challenge import PERSON
from data.files import write_json
from serving.process import free_port

CALLERS = 20
FOLLOW = """
import asyncio, sys
from contextlib import suppress
from pathlib import Path
from components.canary.state import Canary
from corkboard.wanted import Served
from corkboard.following import follow

champion, port, challenger = sys.argv[1:]

def challenged():
    tag, _, canary = Path(challenger).read_text().partition(" ") if Path(challenger).is_file() else ("", "", "")
    return Served(tag, Canary.model_validate_json(canary)) if tag else None

with suppress(asyncio.CancelledError):
    asyncio.run(follow(lambda: Path(champion).read_text(), "127.0.0.1", int(port), challenged))
"""

FIELDS = {"system": "visual-search", "version": 4, "mode": "canary", "share": 0.5, "experiment": "canary-test"}
CANARY = Canary(**FIELDS, by_policy=False, started_s=1)
LATER = CANARY.model_copy(update={"experiment": "canary-later"})


@pytest.fixture(scope="module")
def other(command, tiny_bundle) -> str:
    """The tag of the same bundle as another version."""
    found = command("package", "--system", "visual-search", "--version", "4", "--bundle", str(tiny_bundle))
    tag: str = json.loads(found.stdout)["bento"]
    return tag


class Load:
    """Callers that each ask for the health, and send a picture, as soon as they are answered."""

    def __init__(self, address: str, picture: bytes) -> None:
        self.address, self.picture = address, picture
        self.answered, self.lost, self.version, self.changed = 0, list[str](), "", 0.0

    async def ask(self, until) -> None:
        async with aiohttp.ClientSession(self.address) as session, asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(self._caller(session, until))

    async def _caller(self, session: aiohttp.ClientSession, until) -> None:
        while not until():
            try:
                async with session.get("/v1/health") as answer:
                    version = (await answer.json())["version"]
                sent = {"data": self.picture, "headers": {"Content-Type": "image/jpeg"}, "params": {"k": "3"}}
                async with session.post("/v1/search", **sent) as answer:
                    assert len((await answer.json())["hits"]) == 3
            except Exception as error:
                self.lost.append(repr(error))
                return
            self.answered += 2
            if version != self.version:
                self.version, self.changed = version, time.monotonic()


def test_promotion_and_rollback_lose_no_request(bento, other, bentos, draw, tmp_path, monkeypatch):
    champion, port = tmp_path / "champion", free_port()
    champion.write_text(bento)
    line = [sys.executable, "-c", FOLLOW, str(champion), str(port), str(tmp_path / "challenger")]
    home = Path(bentos["CORKBOARD_HOME"])
    monkeypatch.setenv("CORKBOARD_HOME", str(home))
    with _following(line, bentos) as follower:
        asyncio.run(_scenario(champion, port, bento, other, draw(7), follower))
        asyncio.run(_challenged(tmp_path / "challenger", port, bento, other, home))
        asyncio.run(_fails(tmp_path / "challenger", port, home))
    with _following(line, bentos):
        asyncio.run(_stays_stopped(tmp_path / "challenger", port, other, home))


@contextmanager
def _following(line: list[str], environment: dict[str, str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen(line, env=environment, cwd=Path(__file__).parents[2])
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def _answers(session: aiohttp.ClientSession) -> None:
    for _ in range(600):
        try:
            async with session.get("/readyz") as answer:
                assert answer.status == 200
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)


async def _scenario(
    champion: Path, port: int, bento: str, other: str, picture: bytes, follower: psutil.Process
) -> None:
    address = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(address) as session:
        await _answers(session)
        async with session.post("/v1/search", data=b"no form", headers={"X-Request-ID": "mine"}) as answer:
            assert (answer.status, answer.headers["X-Request-ID"]) == (415, "mine")
    load = Load(address, picture)
    taken = {}

    async def change(to: str, version: str) -> None:
        since = time.monotonic()
        champion.write_text(to)
        while load.version != version and not load.lost:
            await asyncio.sleep(0.05)
        taken[version] = load.changed - since
        await asyncio.sleep(0.5)

    async def changes() -> None:
        while not load.answered:
            await asyncio.sleep(0.05)
        await change(other, "4")
        champion.write_text("visual-search:no-such")  # does not start: what serves goes on
        await asyncio.sleep(2)
        while len(follower.children()) > 2:  # until the one that does not start has ended
            await asyncio.sleep(0.1)
        services = follower.children()
        await change(bento, "3")
        assert follower.children() == services  # the former release ran on, so that nothing is started
        load.done = True

    load.done = False
    changing = asyncio.create_task(changes())
    await load.ask(lambda: load.done)
    await changing
    assert not load.lost
    print(f"{load.answered} answered, 0 lost; promotion {taken['4']:.1f} s, rollback {taken['3']:.1f} s")  # noqa: T201


async def _challenged(file: Path, port: int, bento: str, other: str, home: Path) -> None:
    """Half of the people are answered by another version, always the same ones, until it is a challenger no more.

    Once it is packaged again beside another champion, its new Bento answers.
    """
    canary = CANARY
    store = Store(home / "experiments.db")
    store.start(design(canary), 1)
    allow(canary)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        file.write_text(f"{other} {canary.model_dump_json()}")
        await _until(session, {"3", "4"})  # it may have begun amid these
        assert await _versions(session) == await _versions(session)
        # another Bento of it, and one that does not start, after which it serves nobody
        for tag, wanted in ((bento, {"3"}), (other, {"3", "4"}), ("visual-search:no-such", {"3"})):
            file.write_text(f"{tag} {canary.model_dump_json()}")
            await _until(session, wanted)
        again = canary.model_copy(update={"started_s": 2})
        allow(again)
        file.write_text(f"{other} {again.model_dump_json()}")
        await _until(session, {"3", "4"})
        file.unlink()
        await _until(session, {"3"})
    assert len(store.exposures("canary-test")) == 12


async def _fails(file: Path, port: int, home: Path) -> None:
    """A challenger does not start, and nobody can write that it is stopped."""
    store = Store(home / "experiments.db")
    store.stop(CANARY.experiment, 2)
    store.start(design(LATER), 2)
    write_json(home / "canary" / "visual-search.json", LATER.model_dump())
    allow(LATER)
    (home / "locks" / "canary.lock").mkdir(parents=True)
    file.write_text(f"visual-search:no-such {LATER.model_dump_json()}")
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        for _ in range(300):
            if not allowed(LATER):
                break
            await asyncio.sleep(0.1)
        assert set(await _versions(session)) == {"3"}


async def _stays_stopped(file: Path, port: int, other: str, home: Path) -> None:
    """It would start now; nobody is answered by it, and once that can be written it is."""
    file.write_text(f"{other} {LATER.model_dump_json()}")
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        await _answers(session)
        (home / "locks" / "canary.lock").rmdir()
        for _ in range(300):
            if canaries()[0].ended_s is not None:
                break
            await asyncio.sleep(0.1)
        assert "stopped before a restart" in str(canaries()[0].why)
        assert set(await _versions(session)) == {"3"}


async def _versions(session: aiohttp.ClientSession) -> list[str]:
    """Which version answers each of twelve people."""
    found = []
    for number in range(12):
        async with session.get("/v1/health", headers={PERSON: f"user-{number}"}) as answer:
            found.append((await answer.json())["version"])
    return found


async def _until(session: aiohttp.ClientSession, wanted: set[str]) -> None:
    for _ in range(300):
        if set(found := await _versions(session)) == wanted:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(found)

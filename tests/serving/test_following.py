"""A service that changes to another release, and back, while twenty callers ask without pause."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from components.canary.state import Canary, design
from components.experiments.store import Store
from corkboard.challenge import PERSON
from serving.process import free_port

CALLERS = 20
FOLLOW = """
import asyncio, sys
from contextlib import suppress
from pathlib import Path
from components.canary.state import Canary
from corkboard.challenge import Served
from corkboard.following import follow

champion, port, challenger = sys.argv[1:]

def challenged():
    tag, _, canary = Path(challenger).read_text().partition(" ") if Path(challenger).is_file() else ("", "", "")
    return Served(tag, Canary.model_validate_json(canary)) if tag else None

with suppress(asyncio.CancelledError):
    asyncio.run(follow(lambda: Path(champion).read_text(), "127.0.0.1", int(port), challenged))
"""


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


def test_promotion_and_rollback_lose_no_request(bento, other, bentos, draw, tmp_path):
    champion, port = tmp_path / "champion", free_port()
    champion.write_text(bento)
    line = [sys.executable, "-c", FOLLOW, str(champion), str(port), str(tmp_path / "challenger")]
    process = subprocess.Popen(line, env=bentos, cwd=Path(__file__).parents[2])
    try:
        asyncio.run(_scenario(champion, port, bento, other, draw(7)))
        asyncio.run(_challenged(tmp_path / "challenger", port, bento, other, Path(bentos["CORKBOARD_HOME"])))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def _scenario(champion: Path, port: int, bento: str, other: str, picture: bytes) -> None:
    address = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(address) as session:
        for _ in range(600):
            try:
                async with session.get("/readyz") as answer:
                    assert answer.status == 200
                    break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)
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
        await change(bento, "3")
        load.done = True

    load.done = False
    changing = asyncio.create_task(changes())
    await load.ask(lambda: load.done)
    await changing
    assert not load.lost
    assert taken["3"] < 5
    print(f"{load.answered} answered, 0 lost; promotion {taken['4']:.1f} s, rollback {taken['3']:.1f} s")  # noqa: T201


async def _challenged(file: Path, port: int, bento: str, other: str, home: Path) -> None:
    """Half of the people are answered by another version, always the same ones, until it is a challenger no more.

    Once it is packaged again beside another champion, its new Bento answers.
    """
    fields = {"system": "visual-search", "version": 4, "mode": "canary", "share": 0.5, "experiment": "canary-test"}
    canary = Canary(**fields, by_policy=False, started_s=1)
    store = Store(home / "experiments.db")
    store.start(design(canary), 1)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:

        async def versions() -> list[str]:
            found = []
            for number in range(12):
                async with session.get("/v1/health", headers={PERSON: f"user-{number}"}) as answer:
                    found.append((await answer.json())["version"])
            return found

        async def until(wanted: set[str]) -> None:
            for _ in range(300):
                if set(found := await versions()) == wanted:
                    return
                await asyncio.sleep(0.1)
            raise AssertionError(found)

        file.write_text(f"{other} {canary.model_dump_json()}")
        await until({"3", "4"})  # it may have begun amid these
        assert await versions() == await versions()
        # another Bento of it, and one that does not start, after which it serves nobody
        for tag, wanted in ((bento, {"3"}), (other, {"3", "4"}), ("visual-search:no-such", {"3"})):
            file.write_text(f"{tag} {canary.model_dump_json()}")
            await until(wanted)
        again = canary.model_copy(update={"started_s": 2})
        file.write_text(f"{other} {again.model_dump_json()}")
        await until({"3", "4"})
        file.unlink()
        await until({"3"})
    assert len(store.exposures("canary-test")) == 12

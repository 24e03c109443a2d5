"""A service that follows the champion: another release is started beside it, and takes over without a lost request."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress

import aiohttp

from corkboard.challenge import Challenger, Served, stop
from corkboard.discovery import DISCOVERY, packaged
from corkboard.front import Backend, Front
from data.errors import UserError
from serving.process import free_port, serve_command, with_parent
from serving.process import stop as stop_process
from serving.traffic import SHADOW

__all__ = ["bento_now", "follow"]

LOOK_S = 1.0  # between looks at the registry, which take some 20 ms
START_S, DRAIN_S = 90.0, 60.0
HOST = "127.0.0.1"


class Running(Backend):
    """A Bento that is served on a loopback port of its own."""

    def __init__(self, tag: str, in_shadow: bool = False) -> None:
        port = free_port()
        super().__init__(tag, f"http://{HOST}:{port}")
        self.folder = tempfile.TemporaryDirectory()  # outside the checkout: only what is packaged is imported
        self.process = subprocess.Popen(
            serve_command(tag, HOST, port),
            cwd=self.folder.name,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
            env={**os.environ, **({SHADOW: "1"} if in_shadow else {})},
            preexec_fn=with_parent,
        )

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    async def ready(self) -> None:
        """Return once it answers; raises `UserError` if it ends before, or takes too long."""
        until = time.monotonic() + START_S
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < until and self.lives:
                with suppress(aiohttp.ClientConnectionError):
                    async with session.get(f"{self.address}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)
        raise UserError(f"{self.name} was not ready within {START_S:.0f} s or ended; its log above says why")

    async def end(self) -> None:
        """Stop it once it has answered what it was asked."""
        until = time.monotonic() + DRAIN_S
        while self.busy and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(stop_process, self.process)
        self.folder.cleanup()


async def follow(
    look: Callable[[], str], host: str, port: int, challenger: Callable[[], Served | None] = lambda: None
) -> None:
    """Serve the Bento that `look` names at `host:port`, until cancelled or told to end by SIGTERM.

    The former one is kept running, so that a rollback takes no start. If the next does not start, or the registry does
    not answer, what serves goes on. `challenger` names one that is served beside it, see `corkboard.challenge`.
    """
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)  # type: ignore[union-attr]
    running: dict[str, Running] = {}
    refused, former = None, ""
    try:
        front = Front(await _started(await asyncio.to_thread(look), running))
        async with front.listening(host, port):
            while True:
                await asyncio.sleep(LOOK_S)
                await _ended(
                    running, {front.backend.name, former, front.challenge.backend.name if front.challenge else ""}
                )
                await _challenged(front, challenger, running)
                serving = front.backend.name
                try:
                    wanted = await asyncio.to_thread(look)
                    if wanted == refused or (wanted == serving and running[serving].lives):
                        continue
                    refused = wanted if wanted != serving else None
                    front.backend = await _started(wanted, running)
                    refused = None
                except Exception as error:
                    _say(f"{serving} serves on: {error}")
                    continue
                former = serving
                _say(f"{wanted} serves now in place of {serving}")
    finally:
        for one in running.values():
            one.busy = 0
        await asyncio.gather(*(one.end() for one in running.values()))


async def _started(tag: str, running: dict[str, Running], in_shadow: bool = False) -> Running:
    """The service of `tag`: the one that runs already, or a new one. One in shadow serves nobody later."""
    key = f"{tag} in shadow" if in_shadow else tag
    if key in running and running[key].lives:
        return running[key]
    running[key] = one = Running(tag, in_shadow)
    one.name = key
    try:
        await one.ready()
    except UserError:
        await running.pop(key).end()
        raise
    return one


async def _challenged(front: Front, look: Callable[[], Served | None], running: dict[str, Running]) -> None:
    """Begin to serve a challenger, stop it where it breaks a guardrail or ends; serve it no more when it is over."""
    now = front.challenge
    assert now is None or isinstance(now, Challenger)
    try:
        wanted = await asyncio.to_thread(look)
        if now is not None and (wanted is None or wanted.canary != now.canary):
            await _withdrawn(front, now)
            _say(f"{now.backend.name} is no challenger any more")
            now = None
        if now is not None:
            why = now.look() or (None if running[now.backend.name].lives else "its service ended")
            if why is not None:
                stop(now.canary, why)
                await _withdrawn(front, now)
                _say(f"{now.backend.name} is stopped: {why}")
        elif wanted is not None:
            try:
                backend = await _started(wanted.bento, running, wanted.canary.mode == "shadow")
            except UserError:
                stop(wanted.canary, "its service did not start")
                raise
            assert front.session is not None
            front.challenge = Challenger(wanted.canary, backend, front.session)
            _say(f"{backend.name} is a challenger now")
    except Exception as error:  # the champion serves on, whatever is wrong with a challenger
        _say(f"the challenger cannot be served: {error}")


async def _withdrawn(front: Front, now: Challenger) -> None:
    front.challenge = None
    await now.close()


async def _ended(running: dict[str, Running], kept: set[str]) -> None:
    """End the services that neither serve nor served before, nor are a challenger."""
    gone = [running.pop(name) for name in list(running) if name not in kept]
    await asyncio.gather(*(one.end() for one in gone))


def bento_now(name: str) -> Callable[[], str]:
    """A function that gives the Bento of the champion `name`, or of all; what has not changed is not packaged again."""
    from components.lifecycle.registry import CHAMPION
    from components.lifecycle.tracking import client
    from corkboard.releases import released_bento

    seen: dict[str, tuple[str, dict[str, str]]] = {}
    tag = ""

    def look() -> str:
        nonlocal seen, tag
        models = client().search_registered_models()
        named = {one.name: one.aliases[CHAMPION] for one in models if CHAMPION in one.aliases}
        now = {
            system: (version, client().get_model_version(system, version).tags)
            for system, version in named.items()
            if name in (system, DISCOVERY)
        }
        if now != seen or not tag:
            tag = packaged() if name == DISCOVERY else released_bento(name, None)
            seen = now
        return tag

    return look


def _say(sentence: str) -> None:
    print(f"corkboard: {sentence}", file=sys.stderr, flush=True)  # noqa: T201

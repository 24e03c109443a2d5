"""A service that follows the champion: another release is started beside it, and takes over without a lost request."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, cast

import aiohttp

from components.canary.state import Canary, allowed, forbid
from corkboard.front import Backend, Front
from corkboard.wanted import Served
from data.errors import UserError
from serving.process import free_port, serve_command, with_parent
from serving.process import stop as stop_process
from serving.traffic import SHADOW

if TYPE_CHECKING:
    from corkboard.challenge import Challenger

__all__ = ["Over", "follow", "guarding"]

LOOK_S = 1.0  # between looks at the registry, which take some 20 ms
START_S, DRAIN_S = 240.0, 60.0
AGAIN_S = 600.0  # until a release that did not start is tried again
FORMER_S = 3600.0  # as long a release that was replaced is kept running
HOST = "127.0.0.1"

Over = dict[Canary, str]  # the challengers that were stopped here, and why; they are not served again


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

    The former one is kept running for an hour, so that a rollback takes no start. If the next does not start, which is
    tried again later, or the registry does not answer, what serves goes on. `challenger` names one that is served
    beside it, see `corkboard.challenge`.
    """
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)  # type: ignore[union-attr]
    running: dict[str, Running] = {}
    ending: dict[Running, asyncio.Task[None]] = {}
    refused, former, said, again_s, until_s = None, "", "", 0.0, 0.0
    over: Over = {}
    try:
        front = Front(await _started(await asyncio.to_thread(look), running))
        async with front.listening(host, port), guarding(front, over):
            while True:
                await asyncio.sleep(LOOK_S)
                await _challenged(front, challenger, running, over)
                challenging = front.challenge.backend.name if front.challenge else ""
                now_s = time.monotonic()
                _end(running, {front.backend.name, challenging, *([former] if now_s < until_s else [])}, ending)
                serving = front.backend.name
                try:
                    wanted = await asyncio.to_thread(look)
                    if (wanted == refused and now_s < again_s) or (wanted == serving and running[serving].lives):
                        continue
                    refused, again_s = wanted if wanted != serving else None, now_s + AGAIN_S
                    front.backend = await _started(wanted, running)
                    refused = None
                except Exception as error:
                    if said != (said := f"{serving} serves on: {error}"):
                        _say(said)
                    continue
                said = ""
                if wanted == serving:
                    _say(f"{wanted} had ended and serves again")
                    continue
                former, until_s = serving, time.monotonic() + FORMER_S
                _say(f"{wanted} serves now in place of {serving}")
    finally:
        for one in (*running.values(), *ending):
            one.busy = 0
        await asyncio.gather(*ending.values(), *(one.end() for one in running.values()))


async def _started(tag: str, running: dict[str, Running], in_shadow: bool = False) -> Running:
    """The service of `tag`: the one that runs already, or a new one. One in shadow serves nobody later."""
    key = _key(tag, in_shadow)
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


def _key(tag: str, in_shadow: bool) -> str:
    return f"{tag} in shadow" if in_shadow else tag


async def _challenged(front: Front, look: Callable[[], Served | None], running: dict[str, Running], over: Over) -> None:
    """Begin to serve a challenger, or another Bento of it; serve it no more when it is over."""
    now = _challenger(front)
    try:
        wanted = await asyncio.to_thread(look)
        if front.challenge is not now:  # it was stopped meanwhile, and may have been looked at before
            return
        if wanted is not None and wanted.canary not in over and not allowed(wanted.canary):
            over[wanted.canary] = "it was stopped before a restart, unwritten, or an earlier release began it"
        if now is not None and (wanted is None or wanted.canary != now.canary or wanted.canary in over):
            front.challenge = None
            await now.close()
            _say(f"{now.backend.name} is no challenger any more")
            now = None
        if wanted is None or wanted.canary in over:
            return
        in_shadow = wanted.canary.mode == "shadow"
        if now is not None and now.backend.name == _key(wanted.bento, in_shadow):
            return
        try:
            backend = await _started(wanted.bento, running, in_shadow)
        except UserError:
            over[wanted.canary] = "its service did not start"
            forbid(wanted.canary)
            raise
        assert front.session is not None
        if now is None:
            challenge = await asyncio.to_thread(import_module, "corkboard.challenge")  # with pandas, 70 MB and a second
            front.challenge = challenge.Challenger(wanted.canary, backend, front.session)
        elif front.challenge is now:
            now.backend = backend
        else:  # it was stopped meanwhile
            return
        _say(f"{backend.name} is a challenger now")
    except Exception as error:  # the champion serves on, whatever is wrong with a challenger
        _say(f"the challenger cannot be served: {error}")


@asynccontextmanager
async def guarding(front: Front, over: Over) -> AsyncIterator[None]:
    """Stop a challenger that breaks a guardrail or ends, whatever else is being started or ended meanwhile.

    It leaves the traffic at once and joins `over`; that is written down as soon as it can be, which a full disk delays.
    """
    tasks = [asyncio.create_task(_guard(front, over)), asyncio.create_task(_write(over))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _guard(front: Front, over: Over) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        now = _challenger(front)
        if now is None:
            continue
        why = now.look() or (None if now.backend.lives else "its service ended")
        try:
            if why is None:
                now.keep()
                continue
            over[now.canary] = why
            front.challenge = None
            _say(f"{now.backend.name} is stopped: {why}")
            try:
                forbid(now.canary)
            finally:
                await now.close()
        except Exception as error:  # of a disk; the guard goes on
            _say(f"what {now.backend.name} answered cannot be kept: {error}")


async def _write(over: Over) -> None:
    written, said = set[Canary](), ""
    while True:
        await asyncio.sleep(LOOK_S)
        for canary in over.keys() - written:
            try:
                challenge = await asyncio.to_thread(import_module, "corkboard.challenge")
                await asyncio.to_thread(challenge.stop, canary, over[canary])
                written.add(canary)
            except Exception as error:  # of a disk or a database; it serves nobody all the same
                if said != (said := f"{canary.experiment} is stopped, which cannot be written: {error}"):
                    _say(said)


def _challenger(front: Front) -> "Challenger | None":
    return cast("Challenger | None", front.challenge)


def _end(running: dict[str, Running], kept: set[str], ending: dict[Running, asyncio.Task[None]]) -> None:
    """Begin to end the services that neither serve nor served before, nor are a challenger."""
    for one in [one for one, task in ending.items() if task.done()]:
        ending.pop(one).result()
    for name in [name for name in running if name not in kept]:
        one = running.pop(name)
        ending[one] = asyncio.create_task(one.end())


def _say(sentence: str) -> None:
    print(f"corkboard: {sentence}", file=sys.stderr, flush=True)  # noqa: T201

"""A challenger behind the address of the champion, with real servers here; its guardrail and its outcomes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from components.canary.changes import design, end, start
from components.canary.guard import broken
from components.canary.judge import outcomes
from components.canary.state import Arm, Canary, Live, canaries, live_of, running
from components.experiments.steps import opened_store
from components.lifecycle.results import Release, Verdict
from corkboard.challenge import PERSON, Challenger
from corkboard.commands.canary import share_of
from corkboard.following import Over, guarding
from corkboard.front import Backend, Front
from data.errors import UserError
from data.files import write_json
from data.marks import Marks
from data.traffic import place
from serving.process import free_port


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    return tmp_path


def canary(mode: Any = "canary", share: float = 0.5) -> Canary:
    fields = {"system": "toy", "version": 2, "mode": mode, "share": share, "experiment": "canary-toy-2-1"}
    return Canary(**fields, by_policy=False, started_s=1)


@asynccontextmanager
async def answering(name: str, status: int = 200, handler: Handler | None = None) -> AsyncIterator[Backend]:
    """A server that answers with its name, or as `handler` does."""

    async def answer(request: web.Request) -> web.Response:
        if name == "new" and request.path == "/v1/boards":  # as a service in shadow
            return web.json_response({}, status=403)
        return web.json_response({"name": name, "body": (await request.read()).decode()}, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler or answer)
    runner, port = web.AppRunner(app), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield Backend(name, f"http://127.0.0.1:{port}")
    finally:
        await runner.cleanup()


@asynccontextmanager
async def served(
    one: Canary, champion: Backend, other: Backend
) -> AsyncIterator[tuple[aiohttp.ClientSession, Challenger]]:
    front, port = Front(champion), free_port()
    async with front.listening("127.0.0.1", port), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        assert front.session is not None
        front.challenge = challenger = Challenger(one, other, front.session)
        yield session, challenger
        await challenger.close()


async def ask(session: aiohttp.ClientSession, user: str, **more: Any) -> tuple[int, str]:
    async with session.post("/v1/feed", json={"user_id": user}, **more) as answer:
        content = await answer.json()
        return answer.status, content.get("name", "")


def test_a_share_of_people_is_answered_by_the_challenger_always_the_same_people(home: Path) -> None:
    opened_store().start(design(canary()), 1)

    async def scenario() -> None:
        async with answering("old") as champion, answering("new") as other, served(canary(), champion, other) as (s, c):
            first = [await ask(s, f"user-{number}") for number in range(40)]
            assert first == [await ask(s, f"user-{number}") for number in range(40)]
            assert {name for _, name in first} == {"old", "new"}
            async with s.get("/", headers={PERSON: "user-0"}) as answer:
                assert (await answer.json())["name"] == first[0][1]
            async with s.post("/v1/events", json={"events": []}) as answer:  # told to the champion alone
                assert (await answer.json())["name"] == "old"
            async with s.put("/v1/users/user-0/boards/x/y") as answer:
                assert (await answer.json())["name"] == "old"
            c.save()

    asyncio.run(scenario())
    exposed = opened_store().exposures("canary-toy-2-1")
    assert len(exposed) == 40
    assert "user-0" not in set(exposed["unit_id"])
    live = live_of(canary())
    assert live.champion.requests + live.challenger.requests == 81


def test_a_challenger_that_cannot_be_reached_loses_no_request_and_is_stopped(home: Path) -> None:
    opened_store().start(design(canary()), 1)

    async def scenario() -> None:
        gone = Backend("gone", f"http://127.0.0.1:{free_port()}")
        async with answering("old") as champion, served(canary(), champion, gone) as (session, challenger):
            seen = [await ask(session, f"user-{number}") for number in range(80)]
            assert seen == [(200, "old")] * 80
            assert "fails 100.0% of requests" in str(challenger.look())

    asyncio.run(scenario())


def test_a_broken_challenger_leaves_the_traffic_although_it_cannot_be_written_down(home: Path) -> None:
    opened_store().start(design(canary()), 1)
    write_json(home / "canary" / "toy.json", canary().model_dump())
    over: Over = {}

    async def scenario() -> None:
        async with answering("old") as champion, answering("new", status=500) as other:
            front, port = Front(champion), free_port()
            async with (
                front.listening("127.0.0.1", port),
                aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
                guarding(front, over),
            ):
                assert front.session is not None
                front.challenge = Challenger(canary(), other, front.session)
                lock = home / "locks" / "canary.lock"
                lock.mkdir(parents=True)  # so that nobody can write
                statuses = {(await ask(session, f"user-{number}"))[0] for number in range(200)}
                assert statuses == {200, 500}
                await until(lambda: front.challenge is None)
                assert {(await ask(session, f"user-{number}"))[0] for number in range(200)} == {200}
                await asyncio.sleep(2)  # it is tried to write it down, in vain
                assert running("toy") == canary()
                lock.rmdir()
                await until(lambda: running("toy") is None)

    async def until(true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.1)

    asyncio.run(scenario())
    assert "fails 100.0% of requests" in str(canaries()[0].why)
    assert list(over) == [canary()]


def test_a_challenger_that_dies_while_it_answers_gets_no_question_done_twice(home: Path) -> None:
    opened_store().start(design(canary(share=0.99)), 1)
    taken: list[str] = []

    async def die(request: web.Request) -> web.Response:
        taken.append(f"{request.method} {(await request.read()).decode()}")
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def scenario() -> None:
        async with (
            answering("old") as champion,
            answering("dying", handler=die) as other,
            served(canary(share=0.99), champion, other) as (session, challenger),
        ):
            person = {PERSON: "user-0"}  # of the 99 %
            async with session.post("/v1/feed", data="once", headers=person) as answer:
                assert (answer.status, "may have done" in (await answer.json())["error"]) == (502, True)
            assert taken == ["POST once"]
            async with session.get("/v1/feed", headers=person) as answer:  # asking again changes nothing
                assert (answer.status, (await answer.json())["name"]) == (200, "old")
            challenger.save()

    asyncio.run(scenario())
    assert live_of(canary()).challenger.errors == 2


def test_in_shadow_everybody_is_answered_by_the_champion_and_answers_are_compared(home: Path) -> None:
    async def scenario() -> None:
        one = canary("shadow", 0.0)
        async with answering("old") as champion, answering("new") as other, served(one, champion, other) as (s, c):
            assert [await ask(s, f"user-{number}") for number in range(5)] == [(200, "old")] * 5
            for path in ("/metrics", "/v1/health"):  # are no questions
                assert (await s.get(path)).status == 200
            assert (await s.post("/v1/boards")).status == 200  # counts for neither
            while c.backend.busy:
                await asyncio.sleep(0.01)
            c.save()
            live = live_of(one)
            assert (live.same, live.other, live.challenger.requests, live.champion.requests) == (0, 5, 5, 5)

    asyncio.run(scenario())


def test_the_champion_answers_whom_the_log_of_exposures_cannot_take_and_what_names_nobody(home: Path) -> None:
    opened_store().start(design(canary()), 1)

    async def scenario() -> None:
        async with answering("old") as champion, answering("new") as other, served(canary(), champion, other) as (s, c):
            for bad in ('{"user_id": "\\ud800"}', "[" * 100_000):
                async with s.post("/v1/feed", data=bad, headers={"Content-Type": "application/json"}) as answer:
                    assert (answer.status, (await answer.json())["name"]) == (200, "old")
            (home / "experiments.db").write_bytes(b"no database" * 1000)
            assert [await ask(s, f"user-{number}") for number in range(10)] == [(200, "old")] * 10
            assert c.look() is None

    asyncio.run(scenario())


def counted(requests: int, errors: int, ms: float = 20.0) -> Arm:
    return Arm(requests=requests, errors=errors, ms=ms * requests, ms2=(ms**2 + 25) * requests)


def test_the_guardrail_breaks_for_failures_and_slowness_and_hardly_ever_by_chance() -> None:
    assert broken(Live(champion=counted(10, 0), challenger=counted(10, 10))) is None  # too few
    assert broken(Live(champion=counted(2000, 2), challenger=counted(100, 20)))
    assert broken(Live(champion=counted(2000, 2), challenger=counted(100, 1))) is None
    assert "takes 60 ms" in str(broken(Live(champion=counted(2000, 0), challenger=counted(100, 0, 60.0))))
    assert broken(Live(champion=counted(2000, 0), challenger=counted(100, 0, 29.0))) is None
    rng, stopped = np.random.default_rng(0), 0
    for _ in range(100):  # equal services, looked at after every 20 requests
        live = Live()
        for failed in rng.random((100, 2, 20)) < 0.02:
            arms = [Arm(requests=20, errors=int(one.sum()), ms=400, ms2=8500) for one in failed]
            live = Live(champion=_sum(live.champion, arms[0]), challenger=_sum(live.challenger, arms[1]))
            stopped += broken(live) is not None
    assert stopped == 0


def _sum(one: Arm, other: Arm) -> Arm:
    return Arm(**{name: value + getattr(other, name) for name, value in one.model_dump().items()})


def test_what_people_wished_for_after_they_were_exposed_is_counted_by_person(home: Path) -> None:
    from data.traffic import collect

    mark = Marks(place()).person("ann")
    same = {"part": 0, "release": "v", "shadow": False, "person": mark, "item": "", "features": {}, "answers": []}
    rows = [
        ("POST /v1/feed", 90, 200, {}),  # before the exposure
        ("POST /v1/feed", 100, 200, {}),
        ("POST /v1/events", 110, 202, {"action": "save"}),
        ("POST /v1/events", 111, 202, {"action": "view"}),
        ("POST /v1/feed", 120, 500, {}),
    ]
    lines = [
        json.dumps(
            {"request_id": str(at), "route": route, "time_s": at, "status": status, "ms": 7.0, "labels": labels} | same
        )
        for route, at, status, labels in rows
    ]
    (place() / "0.jsonl").write_text("\n".join([*lines, ""]))
    collect(200)
    opened_store().start(design(canary()), 50)
    opened_store().expose("canary-toy-2-1", mark, 100)
    (row,) = outcomes(50, 200, opened_store().exposures("canary-toy-2-1")).to_dict("records")
    assert {name: row[name] for name in ("wishes", "requests", "answered", "ms")} == {
        "wishes": 1.0,
        "requests": 2.0,
        "answered": 1.0,
        "ms": 14.0,
    }


@pytest.mark.parametrize(
    ("wished", "failed", "advice"), [(0.9, 0.0, "promote"), (0.5, 0.4, "stop"), (0.5, 0.0, "go on")]
)
def test_the_experiment_says_whether_to_promote_or_to_stop(
    home: Path, wished: float, failed: float, advice: str
) -> None:
    """wished: by people of the challenger, a day; half of the champion's do. failed: of their requests."""
    from components.canary.judge import standing
    from data.times import DAY_S

    rng, marks, one = np.random.default_rng(4), Marks(place()), canary()
    opened_store().start(design(one), 0)
    lines = []
    people = [marks.person(f"user-{number}") for number in range(700)]
    arms = opened_store().expose_all(one.experiment, dict.fromkeys(people, 10))
    for number, (mark, arm) in enumerate(zip(people, arms, strict=True)):
        challenged = arm == "challenger"
        same = {"part": 0, "release": "v", "shadow": False, "person": mark, "item": "", "features": {}, "answers": []}
        for day in range(2):
            at_s, fails = day * DAY_S + 100, challenged and rng.random() < failed
            asked = {"request_id": f"{number}-{day}", "route": "POST /v1/feed", "status": 500 if fails else 200}
            lines.append(same | asked | {"time_s": at_s, "ms": float(rng.normal(20, 2)), "labels": {}})
            if rng.random() < (wished if challenged else 0.5):
                told = {"request_id": f"{number}-{day}-e", "route": "POST /v1/events", "status": 202}
                lines.append(same | told | {"time_s": at_s + 5, "ms": 1.0, "labels": {"action": "save"}})
    (place() / "0.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = standing(one, 2 * DAY_S)
    assert found.report is not None, found.open
    assert found.advice == advice, found.report.decision


def release(version: int, **more: Any) -> Release:
    fields = dict.fromkeys(
        ("dataset", "data_version", "fingerprint", "bundle_hash", "git_revision", "run_id", "created"), ""
    )
    known = {"simulated": False, "inputs": {}, "metrics": {}, "verdict": Verdict(passed=True, reasons=())}
    state = {"aliases": (), "status": "released", "former": "registered", "bento": f"toy:{version}", "size_mb": 1.0}
    last = {"requests": 1, "failures": None, "forced": None, "replaces": None}
    return Release(**{**fields, **known, **state, **last, "system": "toy", "version": version, **more})


def test_what_cannot_be_a_challenger_is_refused_and_nothing_is_served(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components.canary import changes

    known = [
        release(4, bento=None),
        release(3, status="rolled_back"),
        release(2),
        release(1, aliases=("champion",)),
    ]
    monkeypatch.setattr(changes, "mended", lambda system: known)
    for share in (0.0, 1.0, 1.5, -0.1, float("nan")):
        with pytest.raises(UserError, match="give one above 0 % and below 100 %"):
            start("toy", 2, share)
    for version, why in ((9, "has no version 9"), (1, "is the champion"), (3, "was rolled back"), (4, "is not proven")):
        with pytest.raises(UserError, match=why):
            start("toy", version, 0.05)
    with pytest.raises(UserError, match="toy has no challenger"):
        end("toy", "no reason")
    assert canaries() == []
    made = start("toy", 2, 0.05, now_s=100)
    with pytest.raises(UserError, match="is a challenger already"):
        start("toy", 2, None)
    assert running("toy") == made
    assert end("toy", "enough", 200).why == "enough"
    assert running("toy") is None


def test_a_share_is_a_percentage_or_a_fraction() -> None:
    assert (share_of("5%"), share_of("0.25")) == (0.05, 0.25)
    with pytest.raises(UserError, match="give a share of the people"):
        share_of("some")

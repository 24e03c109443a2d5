"""Pictures made to order: jobs that are followed and cancelled, and requests that cannot be met."""

import itertools
import json
import threading
from typing import Any

import pytest
from starlette.testclient import TestClient

from components.message import PICTURE, Message, Part
from data.images import decode, is_made
from serving.discovery import jobs as module
from serving.discovery.canvas import product_of
from serving.discovery.jobs import KEPT_BYTES, KEPT_S, OF_ONE, WAITING, Full, Jobs
from tests.tiny_search import picture

CANVAS = "/v1/canvas"


def events_of(client: TestClient, job_id: str) -> list[tuple[str, dict[str, Any]]]:
    answer = client.get(f"{CANVAS}/jobs/{job_id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block.split("\n") for block in answer.text.strip().split("\n\n") if block.startswith("event")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_a_job_tells_its_steps_and_has_its_pictures(discovery: TestClient) -> None:
    started = discovery.post(f"{CANVAS}/generate", json={"count": 2, "seed": 5, "steps": 3})
    assert started.status_code == 202, started.text
    job = f"{CANVAS}/jobs/{started.json()['job_id']}"
    told = events_of(discovery, started.json()["job_id"])
    assert told[-1][0] == "done"
    assert told[-1][1]["pictures"] == 2
    assert discovery.get(job).json()["state"] == "done"
    first, second = (discovery.get(f"{job}/pictures/{number}") for number in (0, 1))
    assert first.headers["content-type"] == "image/png"
    assert is_made(first.content)
    again = discovery.post(f"{CANVAS}/generate", json={"seed": 6, "steps": 3}).json()["job_id"]
    events_of(discovery, again)
    assert discovery.get(f"{CANVAS}/jobs/{again}/pictures/0").content == second.content  # whatever is made beside it
    assert discovery.get(f"{job}/pictures/2").status_code == 404


def test_a_made_picture_that_is_saved_is_marked(discovery: TestClient) -> None:
    job_id = discovery.post(f"{CANVAS}/generate", json={"steps": 1}).json()["job_id"]
    events_of(discovery, job_id)
    made = discovery.get(f"{CANVAS}/jobs/{job_id}/pictures/0").content
    saved = discovery.put("/v1/items/made", files={"picture": made}, data={"title": "Made"})
    assert saved.json()["attributes"] == {"generated": "yes"}
    stored = discovery.get("/v1/items/made/picture").content
    assert is_made(stored)  # so that it is known again where it is downloaded and trained on
    for value in ("no", None):
        changed = discovery.patch("/v1/items/made", json={"attributes": {"generated": value}})
        assert (changed.status_code, "a model made this picture" in changed.json()["error"]) == (422, True), (
            changed.text
        )
    assert discovery.patch("/v1/items/made", json={"title": "Mine"}).json()["attributes"] == {"generated": "yes"}
    discovery.delete("/v1/items/made")


def test_borders_and_backgrounds_leave_the_picture_in_the_middle(discovery: TestClient) -> None:
    files, data = {"picture": picture(3)}, {"request": json.dumps({"aspect": 2.0, "steps": 1})}
    started = discovery.post(f"{CANVAS}/extend", files=files, data=data)
    assert started.status_code == 202, started.text
    events_of(discovery, started.json()["job_id"])
    made = decode(discovery.get(f"{CANVAS}/jobs/{started.json()['job_id']}/pictures/0").content)
    whole = decode(picture(3))
    left = (made.shape[1] - whole.shape[1]) // 2
    assert (made[:, left : left + whole.shape[1]] == whole).all()


def test_a_product_is_kept_by_its_regions_and_webp_comes_as_asked(discovery: TestClient) -> None:
    square, all_of_it = {"size": [2, 3], "counts": [2, 2, 2]}, {"size": [2, 3], "counts": [0, 6]}
    regions = [{"label": "shoe", "mask": square}, {"label": "wall", "mask": all_of_it}]
    assert product_of(regions, "shoe").tolist() == [[False, True, False]] * 2  # type: ignore[union-attr]
    assert product_of(regions, None) is None
    assert product_of([], "shoe") is None
    files, data = {"picture": picture(3)}, {"request": json.dumps({"steps": 1, "format": "webp"})}
    started = discovery.post(f"{CANVAS}/background", files=files, data=data)
    assert started.status_code == 202, started.text
    job_id = started.json()["job_id"]
    events_of(discovery, job_id)
    made = discovery.get(f"{CANVAS}/jobs/{job_id}/pictures/0")
    assert made.headers["content-type"] == "image/webp"
    assert is_made(made.content)


@pytest.mark.parametrize(
    ("task", "fields", "status", "message"),
    [
        ("generate", {"category": "spaceship"}, 422, "unknown category 'spaceship'"),
        ("generate", {"steps": 10_000}, 422, "steps"),
        ("generate", {"guidance": "nan"}, 422, "guidance"),
        ("fill", {}, 422, "picture"),
        ("fill", {"item_id": "nowhere"}, 404, "nowhere"),
    ],
)
def test_what_cannot_be_made(
    discovery: TestClient, task: str, fields: dict[str, Any], status: int, message: str
) -> None:
    answer = discovery.post(f"{CANVAS}/{task}", json=fields)
    assert (answer.status_code, message in answer.json()["error"]) == (status, True), answer.text


def test_a_cancelled_job_has_no_pictures_and_an_unknown_one_is_said_to_be_lost(discovery: TestClient) -> None:
    job_id = discovery.post(f"{CANVAS}/generate", json={"steps": 100, "count": 8}).json()["job_id"]
    assert discovery.delete(f"{CANVAS}/jobs/{job_id}").status_code == 204
    assert discovery.get(f"{CANVAS}/jobs/{job_id}").json()["state"] == "cancelled"
    refused = discovery.get(f"{CANVAS}/jobs/{job_id}/pictures/0")
    assert (refused.status_code, "was cancelled" in refused.json()["error"]) == (409, True)
    lost = discovery.get(f"{CANVAS}/jobs/{'0' * 32}")
    assert (lost.status_code, "lost when the service restarted" in lost.json()["error"]) == (404, True)


def test_whoever_finds_no_room_reads_when_to_ask_again(discovery: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 0)
    refused = discovery.post(f"{CANVAS}/generate", json={"steps": 1})
    assert refused.status_code == 429, refused.text
    wait_s = int(refused.headers["Retry-After"])
    assert wait_s >= 1
    assert f"0 jobs wait already; ask again in {wait_s} s" in refused.json()["error"]


def test_the_queue_is_bounded_and_cancels_the_job_that_was_meant() -> None:
    go, now_s = threading.Event(), [0.0]
    jobs = Jobs(1, lambda: now_s[0])

    def work(told: Any) -> Message:
        assert go.wait(10)
        told(1, b"p")
        return Message(None, {PICTURE: Part(b"p", "image/png")})

    mine = [jobs.add("me", [work], 1) for _ in range(OF_ONE)]
    with pytest.raises(Full, match="you have 2 unfinished"):
        jobs.add("me", [work], 1)
    others = [jobs.add(f"other-{number}", [work], 1) for number in range(WAITING - OF_ONE)]
    with pytest.raises(Full, match="16 jobs wait") as full:
        jobs.add("one more", [work], 1)
    assert full.value.wait_s == 2.0 * WAITING
    jobs.cancel(mine[1])
    go.set()
    jobs._pool.shutdown()
    assert [mine[0].state, mine[1].state] == ["done", "cancelled"]
    assert {job.state for job in others} == {"done"}
    now_s[0] = KEPT_S + 1
    jobs._forget()
    assert jobs.get(mine[0].job_id) is None


def test_what_finished_jobs_hold_is_bounded_and_the_latest_is_kept() -> None:
    made = Message(None, {PICTURE: Part(bytes(KEPT_BYTES // 3), "image/png")})
    clock = itertools.count(0.0, 1.0)
    jobs = Jobs(1, lambda: next(clock))
    known = [jobs.add("", [lambda _: made] * 2, 1) for _ in range(3)]
    known.append(jobs.add("", [lambda _: made] * 4, 1))
    jobs._pool.shutdown()
    assert [jobs.get(job.job_id) is not None for job in known] == [False, False, False, True]
    assert len(known[-1].made) == 4

"""What a running service says it counts, beside the events that are stored: real state, command and ranker."""

import json
import os
import time
from pathlib import Path

import pytest

from components.features.served_counts import EVERY_S, ServedCounts, place
from components.monitor.counts import compare_counts
from components.monitor.report import Series
from components.systems.feed_ranking.config import Config
from components.systems.feed_ranking.predictor import FeedPredictor
from components.systems.feed_ranking.role import WordedRanker
from components.systems.feed_ranking.train import fit
from data.times import DAY_S
from serving.discovery.catalogue import ITEMS, PICTURES, Catalogue
from serving.discovery.rank_role import LiveRanker
from serving.state import Event, open_state
from tests.pictures import CATEGORIES, small_dataset

LIMIT = 1e-6
KNOWN = [f"{category}-train-{number:03d}" for category in CATEGORIES for number in range(6)]


class Forgetful(WordedRanker):
    """Loses an event, and says that it counted it."""

    def observe(self, event_id: str, item_id: str, action: str, time_s: float) -> bool:
        return event_id == "7" or super().observe(event_id, item_id, action, time_s)


class Service:
    """A process that ranks by a bundle and follows the state, at a time that the test sets."""

    def __init__(self, bundle: Path, catalogue: Path, ranker: type[WordedRanker] = WordedRanker) -> None:
        opened = ranker(FeedPredictor.open(bundle))
        self.now_s = opened.counted_until_s() + 10 * DAY_S + 0.123456
        self.state = open_state()
        self.live = LiveRanker(opened, open_state(), Catalogue(catalogue), place(), lambda: self.now_s)
        self.said(1)

    def happens(self, number: int, ago_s: float = 0, user_id: str = "ann") -> None:
        action = ("view", "click", "share")[number % 3]  # of shares nothing is counted
        self.state.events.append([Event(user_id, KNOWN[number % 8], action, self.now_s - ago_s + number / 7)])

    def later(self) -> Series:
        """Ten minutes on: the service says what it counts, and the monitor looks at it."""
        before = len(self.watched().counts)
        self.live.catch_up()
        self.now_s += EVERY_S
        self.said(before)
        (series,) = compare_counts(int(self.now_s), [], LIMIT, [])
        return series

    def watched(self) -> ServedCounts:
        (path,) = place().glob("*.json")
        return ServedCounts.model_validate_json(path.read_bytes())

    def said(self, before: int) -> None:
        until = time.monotonic() + 30
        while not [*place().glob("*.json")] or len(self.watched().counts) <= before:
            assert time.monotonic() < until
            time.sleep(0.02)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, dataset = tmp_path_factory.mktemp("bundle"), small_dataset(tmp_path_factory.mktemp("data"))
    config = {"trees": {"rounds": 2, "least_examples": 2, "leaves": 4}, "skip_days": 0, "network": {"epochs": 0}}
    fit(dataset, Config.model_validate(config), folder, folder, lambda *_: None)
    return folder


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    line = {"title": "", "category": "", "attributes": {}, "start": 0, "size": 0}
    (tmp_path / ITEMS).write_text("".join(json.dumps(line | {"item_id": name}) + "\n" for name in KNOWN))
    (tmp_path / PICTURES).write_bytes(b"-")
    return tmp_path


def test_counts_are_those_of_the_stored_events_however_they_came(bundle: Path, catalogue: Path) -> None:
    service = Service(bundle, catalogue)
    assert sum(map(sum, service.watched().counts[0].count_NEHO[0][0])) > 1  # of training
    for number in range(20):
        service.happens(number)
    assert service.later().since_s is None
    for number, ago_s in enumerate((30.0, 3600.0, 5 * DAY_S, 8 * DAY_S)):  # late, the last one too late to count
        service.happens(number, ago_s)
    first = service.watched().counts[-1].count_NEHO
    series = service.later()
    assert service.watched().counts[-1].count_NEHO != first
    service.happens(3, user_id="ben")
    service.later()
    service.state.events.forget("ben")  # no stored event says it any more, and the process may still count it
    series = service.later()
    assert [point.size < 1e-9 for point in series.points] == [True] * 5
    assert (series.since_s, series.points[-1].rows) == (None, len(service.live._watched) * 2 * 2 * 4)
    service.live.stop()


def test_an_event_that_is_lost_is_seen(bundle: Path, catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(bundle, catalogue, Forgetful)
    for number in range(6):
        service.happens(number)
    assert service.later().since_s is None
    service.happens(6)
    for number in range(7, 20):
        service.happens(number)
    passed_s = int(service.now_s) + EVERY_S
    assert service.later().since_s == passed_s
    series = service.later()
    assert series.since_s == passed_s
    assert series.points[-1].size > 1e-3 > LIMIT
    assert not series.lasting  # to train again mends nothing
    (place() / "old.json").write_text('{"of": "another version"}')
    os.utime(place() / "old.json", (service.now_s, service.now_s))
    monkeypatch.setenv("CORKBOARD_STATE_URL", "redis://127.0.0.1:1")
    notes: list[str] = []
    assert compare_counts(int(service.now_s), [], LIMIT, notes) == []
    assert notes[0].startswith("counts are not compared: reading the stored events failed: Redis cannot be used")
    service.live.stop()
    assert compare_counts(int(service.now_s) + 2 * DAY_S, [], LIMIT, []) == []
    assert not [*place().glob("*.json")]  # nobody writes them any more

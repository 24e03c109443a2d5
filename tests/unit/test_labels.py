"""Labels: kept one by one, measured against people's, and no teacher below the gate."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from components.labels.agreement import Gate, gate_of, measured, verdict
from components.labels.asking import Asked, ask
from components.labels.claims import false_claims, supported
from components.labels.question import Question, Task, choose, form, spread
from components.labels.store import Label, opened_store
from components.language.chat import EndpointError
from components.language.client import Client, InvalidAnswerError
from components.language.endpoint import Endpoint
from components.language.prompt import load_prompt
from data.tables.labels import TABLE
from tests import labelling
from tests.labelling import label_all, shirts
from tests.language_stub import Answered, Say, chat, stub

WORDS = {"colour": ("Blue", "Navy Blue", "Red"), "category": ("Shirts", "Dresses"), "gender": ("Men", "Women")}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    return tmp_path


def _ask(say: Say, task: Task, parallel: int = 1) -> tuple[Asked | None, list[Label], int]:
    """Ask with a stub; what was raised is lost, and what was labelled is not."""
    with stub(say) as running, opened_store("toys") as store:
        endpoint = Endpoint(url=running.url, model="m", identity="stub", parallel=parallel)
        with Client(endpoint, sleep=lambda seconds: None) as client:
            try:
                done = ask(client, task, store, lambda *progress: None, lambda given: None)
            except (EndpointError, InvalidAnswerError):
                done = None
        store.write_table()
        return done, store.rows(), len(running.asked)


def _shirts(body: dict[str, Any], number: int) -> Answered:
    return chat('{"category": "Shirts"}')


@pytest.mark.parametrize("parallel", [1, 4])
def test_what_was_labelled_before_an_endpoint_failed_is_kept_and_not_asked_again(home: Path, parallel: int) -> None:
    task = shirts(6)

    def breaks(body: dict[str, Any], number: int) -> Answered:
        return _shirts(body, number) if number < 3 else Answered('{"error": {"message": "no quota"}}', 429)

    done, rows, _ = _ask(breaks, task, parallel)
    assert done is None
    assert len(rows) <= 3
    done, rows, asked = _ask(_shirts, task, parallel)
    assert done is not None
    assert done.new + done.before == 6
    assert asked == 6 - 3  # three answers were kept, whether or not they had become labels
    assert [row.item_id for row in rows] == [f"i{number}" for number in range(6)]
    assert pq.read_table(home / "labels" / "toys" / "labels.parquet").schema.equals(TABLE.schema)
    done, rows, asked = _ask(_shirts, task)
    assert (done.before, asked, len(rows)) == (6, 0, 6) if done else False


def test_a_killed_process_goes_on_and_labels_nothing_twice(home: Path) -> None:
    def slowly(body: dict[str, Any], number: int) -> Answered:
        time.sleep(0.05)
        return _shirts(body, number)

    with stub(slowly) as running:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        process = subprocess.Popen([sys.executable, labelling.__file__, running.url], env=environment)
        until = time.monotonic() + 60
        while len(running.asked) < 5:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.kill()
        process.wait()
        before = label_all(running.url)
    assert 3 <= before < 12
    questions = [body["messages"][-1]["content"] for body in running.asked]
    assert len(set(questions)) == 12
    assert len(questions) <= 13  # the one that was under way
    with opened_store("toys") as store:
        assert sorted(row.item_id for row in store.rows()) == sorted(f"i{number}" for number in range(12))
        assert {row.value for row in store.rows()} == {"Shirts"}


def test_single_answers_of_another_form_are_counted_and_many_in_a_row_end_it() -> None:
    def sometimes(body: dict[str, Any], number: int) -> Answered:
        asked = json.dumps(body["messages"])
        return chat("no idea") if "Shirt 1." in asked or "Shirt 3." in asked else _shirts(body, number)

    done, rows, _ = _ask(sometimes, shirts(6))
    assert done is not None
    assert (done.new, done.invalid, len(rows)) == (4, 2, 4)
    assert "no valid answer" in done.why
    done, rows, asked = _ask(lambda body, number: chat("no idea"), shirts(20))
    assert done is None
    assert asked < 20 * 3


def test_a_new_answer_replaces_the_label_of_other_data_and_keys_stay_unique() -> None:
    with opened_store("toys") as store:
        row = Label("", "a", "colour", "red", None, "attributes", 1, "h", "m", "one", 1.0)
        store.put([row, row._replace(item_id="b")])
        store.put([row._replace(value="blue", asked="two")])
        assert [(label.item_id, label.value) for label in store.rows()] == [("a", "blue"), ("b", "red")]
        assert store.asked() == {("", "a", "two"), ("", "b", "one")}
        with pytest.raises(sqlite3.IntegrityError):
            store.put([row._replace(item_id="c"), row._replace(value=None)])  # type: ignore[arg-type]
        assert len(store.rows()) == 2  # of a question's labels all come in, or none


def _graded(pairs: list[tuple[int, int]]) -> tuple[Task, list[Label]]:
    """A task and labels of (people's, the model's) grades."""
    answer = form("grades", {"grade": (0, 1, 2, 3)})
    questions = [Question("q", f"i{number}", {}, {"grade": str(truth)}) for number, (truth, _) in enumerate(pairs)]
    labels = [
        Label("q", f"i{number}", "grade", str(said), 0.9, "grades", 1, "h", "m", str(number), 0.0)
        for number, (_, said) in enumerate(pairs)
    ]
    return Task(load_prompt("grades"), answer, questions, usual={"grade": "3"}, ordered=True), labels


def test_agreement_of_grades_by_hand() -> None:
    found = measured(*_graded([(3, 3), (3, 2), (0, 0), (0, 3)]))["grade"]
    assert (found.exact.value, found.usual.value) == (0.5, 0.5)
    assert found.within_1 is not None
    assert found.within_1.value == 0.75
    assert found.kappa is not None
    # observed: (0 + 1 + 0 + 9) / 4; by chance each of 3, 3, 0, 0 meets each of 3, 2, 0, 3
    by_chance = (2 * (0 + 1 + 9 + 0) + 2 * (9 + 4 + 0 + 9)) / 16
    assert found.kappa.value == pytest.approx(1 - 2.5 / by_chance, abs=1e-4)
    assert found.by_value["3"].model_dump() == {"count": 2, "exact": 0.5, "within_1": 1.0}
    assert found.keywords is None


def test_keywords_are_the_longest_value_in_the_title() -> None:
    answer = form("attributes", {"colour": WORDS["colour"]})
    titles = {"a": ("Navy blue shirt", "Navy Blue"), "b": ("Shirt", "Red"), "c": ("Blue shirt", "Navy Blue")}
    questions = [Question("", item, {"title": title}, {"colour": truth}) for item, (title, truth) in titles.items()]
    labels = [
        Label("", item, "colour", "Red", sure, "p", 1, "h", "m", item, 0.0) for item, sure in (("a", 0.1), ("b", 0.9))
    ]
    found = measured(Task(load_prompt("attributes"), answer, questions, usual={"colour": "Red"}), labels)["colour"]
    assert (found.count, found.exact.value, found.surest) == (2, 0.5, 1.0)
    assert found.keywords is not None
    assert found.keywords.value == 1.0


def test_only_labels_that_agree_enough_may_teach() -> None:
    gate = Gate(least=4, floors={"grades": {"exact": 0.7, "kappa": 0.6}})
    good = measured(*_graded([(3, 3), (0, 0), (2, 2), (1, 2)]))
    assert verdict("grades", "validation", good, gate)["grade"].passed
    poor = measured(*_graded([(3, 0), (0, 0), (2, 2), (1, 2)]))
    refused = verdict("grades", "validation", poor, gate)["grade"]
    assert not refused.passed
    assert "exact is 0.5, below the floor of 0.7" in refused.reasons
    few = verdict("grades", "validation", good, gate.model_copy(update={"least": 5}))["grade"]
    assert not few.passed
    assert not verdict("captions", "validation", good, gate)["grade"].passed  # no floor is no way through
    assert not verdict("grades", "train", good, gate)["grade"].passed  # the examples are among what is asked
    assert gate_of().floors.keys() == {"attributes", "grades"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("A navy blue shirt for men.", []),
        ("A blue shirt.", []),  # navy blue is a blue
        ("A red shirt.", ["Red"]),
        ("Shirts for women!", ["Women"]),
        ("A redder menu, womanly.", []),
    ],
)
def test_claims_of_a_text_are_held_against_attributes(text: str, wrong: list[str]) -> None:
    held = {"colour": "Navy Blue", "category": "Shirts", "gender": "Men"}
    assert false_claims(text, held, WORDS) == wrong
    assert supported(f"{text} A dress. Nice.", held, WORDS) == ("" if wrong else f"{text} ") + "Nice."


def test_what_the_given_words_say_may_be_said_too() -> None:
    assert false_claims("A red dress", {"colour": "Blue"}, WORDS, given="Red summer dress") == []


def test_a_sample_grows_without_changing_and_examples_are_spread() -> None:
    rows = pd.DataFrame({"item_id": [str(number) for number in range(40)]})
    ten = choose(rows, ["item_id"], 10)["item_id"].tolist()
    assert choose(rows.sample(frac=1, random_state=1), ["item_id"], 20)["item_id"].tolist()[:10] == ten
    assert ten != rows["item_id"].tolist()[:10]
    assert spread([[1, 2, 3], [4], []], 3) == [1, 4, 2]
    assert spread([[1], []], 3) == [1]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Soft things by Puma and friends for warm days.", ["Puma"]),
        ("Soft Red things for warm days.", []),
        ("A Soft Summer Look", []),
    ],
)
def test_a_brand_that_nothing_gave_is_a_false_claim(text: str, wrong: list[str]) -> None:
    held = {"colour": "Red"}
    assert false_claims(text, held, WORDS) == wrong
    assert false_claims(text, held, WORDS, given="Puma") == []

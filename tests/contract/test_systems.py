"""What every system owes the lifecycle; systems are found by their folders."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from components.evaluation import Evaluation
from components.golden import changes, differences, load_goldens, save_goldens
from components.inputs import all_of
from components.lifecycle.plan import make_plan, merged
from components.message import Message, answer_one, pictured
from components.metrics import beside
from components.roles import ACTIONS, COMPLETE, FIND, KEEP, PARSE, RANK, SEARCH, Document
from components.settings import system_names, system_settings
from components.system import Input, load_system
from data.dataset import Dataset
from data.errors import UserError
from data.files import sha256_tree
from data.images import picture_size
from data.params import Strict
from data.project import root
from data.table import tables
from flows.deployments import deployments
from serving.answering import Answering
from serving.app import make_app
from serving.metrics import RequestMetrics
from serving.replay import replay
from tests.asked_roles import WITHOUT_ITEMS
from tests.pictures import small_dataset

SYSTEMS = system_names()
PLANS = [
    (name, dataset)
    for name in SYSTEMS
    for dataset in dict.fromkeys((system_settings(name).dataset, *system_settings(name).by_dataset))
]
SERVED = """
import sys
from pathlib import Path
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {refused!r}:
            raise ImportError(f"{name} must not be needed to serve")
sys.meta_path.insert(0, Refused())
from components.golden import changes, load_goldens
from components.message import Message, answer_one
from components.system import Input, load_system
system, bundle = load_system(sys.argv[1]), Path(sys.argv[2])
inputs = {}
for name, folder in zip(sys.argv[3::2], sys.argv[4::2]):
    inputs[name] = Input(name, 1, "", Path(folder), dict(inputs))
predictor = system.open_bundle(bundle, inputs=inputs)
for golden in load_goldens(bundle):
    answer = answer_one(predictor.answers, Message(system.Request(**golden.request), golden.parts))
    assert isinstance(answer.fields, system.Response)
    assert answer.parts.keys() <= system.gives.keys()
    assert not changes(system, predictor, golden), golden.name
    print(golden.name)
"""
REFUSED = {"torch", "lightning", "timm", "mlflow", "prefect", "great_expectations", "dvc", "pandas", "pyarrow"}


VARIANTS = [(name, variant) for name in SYSTEMS for variant in system_settings(name).variants]


def test_there_are_systems() -> None:
    assert SYSTEMS


@pytest.mark.parametrize("name", SYSTEMS)
def test_members(name: str) -> None:
    system = load_system(name)
    assert system.name == name
    assert system.purpose.endswith(".")
    assert system.not_for.startswith("Not for ")
    assert system.not_for not in system.purpose
    for model in (system.Config, system.Request, system.Response):
        assert issubclass(model, Strict)
        assert model.model_config["extra"] == "forbid"
    known = tables()
    reads = {**system.tables, **system.optional}
    assert all(set(columns) <= set(known[table].schema.names) for table, columns in reads.items())
    assert re.fullmatch(r"[a-z][a-z0-9/-]*", system.route)
    assert all(kinds for parts in (system.takes, system.gives) for kinds in parts.values())
    assert system.batch >= 1
    for file in ("config", "types", "train", "measure", "goldens", "predictor"):
        import_module(f"{system.package}.{file}")


@pytest.mark.parametrize(("name", "dataset"), PLANS)
def test_every_entry_resolves_and_its_gate_is_closed(name: str, dataset: str) -> None:
    plan = make_plan(name, dataset)
    assert load_system(name).Config.model_validate(plan.config).model_dump(mode="json") == plan.config
    assert plan.gate.primary in {*plan.gate.floors, *plan.gate.ceilings}
    assert all(floor > 0 for floor in plan.gate.floors.values())
    assert {"latency_p99_ms", "size_mb"} <= set(plan.gate.ceilings)


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_every_variant_resolves_and_other_changes_come_after_it(name: str, variant: str) -> None:
    plan = make_plan(name, None, {"variant": variant})
    assert plan.config != make_plan(name).config
    key, value = next((key, value) for key, value in plan.config["training"].items() if isinstance(value, int))
    changed = make_plan(name, None, {f"training.{key}": value + 1, "variant": variant})
    assert changed.config["training"][key] == value + 1
    assert "variant" not in changed.config


@pytest.mark.parametrize("name", SYSTEMS)
def test_an_unknown_variant_is_refused_by_name(name: str) -> None:
    with pytest.raises(UserError, match=f"unknown variant of {name} 'no-such'"):
        make_plan(name, None, {"variant": "no-such"})


@pytest.mark.parametrize("name", SYSTEMS)
def test_unknown_keys_are_refused_by_name(name: str) -> None:
    with pytest.raises(UserError, match="no_such_setting"):
        make_plan(name, None, {"no_such_setting": "1"})
    with pytest.raises(ValidationError):
        load_system(name).Request.model_validate({"no_such_field": 1})


@dataclass(frozen=True)
class Trained:
    """A system's bundle, learned from the small data set."""

    name: str
    system: Any
    config: Any
    dataset: Dataset
    bundle: Path
    inputs: dict[str, Input]


@pytest.fixture(scope="module")
def all_trained() -> dict[str, Trained]:
    """Each system is trained once, be it for itself or for one that builds on it."""
    return {}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return small_dataset(tmp_path_factory.mktemp("data"), 8, 4)


@pytest.fixture(scope="module", params=SYSTEMS)
def trained(
    request: pytest.FixtureRequest,
    all_trained: dict[str, Trained],
    small: Dataset,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Trained]:
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_HOME", str(folder / "home"))
        yield _trained(request.param, small, folder, all_trained)


def _trained(name: str, dataset: Dataset, folder: Path, known: dict[str, Trained]) -> Trained:
    """A bundle below `folder`, and before it those that it builds on, but for what is known."""
    if name not in known:
        system, inputs = load_system(name), {}
        for below in system.below:
            used = _trained(below, dataset, folder, known)
            inputs[below] = Input(below, 1, sha256_tree(used.bundle), used.bundle, used.inputs)
        config = system.Config.model_validate(merged(system_settings(name).config, system_settings(name).small))
        limited = dataset.limited(system.reads(dataset.rows))
        made = known[name] = Trained(name, system, config, limited, folder / name / "bundle", inputs)
        _fit(made, made.bundle)
        save_goldens(made.bundle, system.golden_requests(made.bundle, limited, inputs))
    return known[name]


def _fit(made: Trained, bundle: Path) -> None:
    work, told = bundle.with_name("work"), []
    for folder in (bundle, work):
        folder.mkdir(parents=True)
    made.system.fit(made.dataset, made.config, work, bundle, lambda what, *_: told.append(what), made.inputs)
    assert told  # long work says how far it is


def test_a_real_bundle_answers_without_trainers(trained: Trained) -> None:
    script = SERVED.replace("{refused!r}", repr(REFUSED))
    below = [text for one in all_of(trained.inputs) for text in (one.system, str(one.bundle))]
    command = [sys.executable, "-c", script, trained.name, str(trained.bundle), *below]
    done = subprocess.run(command, cwd=root(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == [golden.name for golden in load_goldens(trained.bundle)] != []


def test_equal_inputs_give_equal_bundles(trained: Trained, tmp_path: Path) -> None:
    again = tmp_path / "bundle"
    _fit(trained, again)
    save_goldens(again, trained.system.golden_requests(again, trained.dataset, trained.inputs))
    assert sha256_tree(again) == sha256_tree(trained.bundle)


def test_nothing_in_a_bundle_unpickles(trained: Trained) -> None:
    kinds = {path.suffix for path in trained.bundle.rglob("*") if path.is_file()}
    assert kinds <= {".json", ".onnx", ".npy", ".npz", ".safetensors", ".faiss", ".parquet", ".part", ".jpg"}
    for path in trained.bundle.rglob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype != object
    for path in trained.bundle.rglob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays)


def test_what_the_gate_reads_is_measured(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    told: list[str] = []
    args = (
        trained.bundle,
        trained.dataset,
        trained.config,
        tmp_path,
        lambda doing, *_: told.append(doing),
        trained.inputs,
    )
    evaluation = trained.system.evaluate(*args)
    assert told  # an evaluation may train a baseline for a quarter of an hour
    totals = evaluation.totals()
    policy = make_plan(trained.name).gate
    assert {policy.primary, *policy.floors, *policy.ceilings} <= set(totals)
    assert {beside(policy.primary, baseline) for baseline in (*policy.beats, *policy.matches)} <= set(totals)
    assert policy.primary in evaluation.names  # an example each, so that two models can be compared
    assert evaluation.slices
    assert not any(np.isnan(value) for value, _ in evaluation.by_slice(policy.primary).values())
    assert evaluation.examples.index.name == "example_id"
    assert evaluation.examples.index.is_unique
    assert all((tmp_path / picture).is_file() for picture in evaluation.pictures)
    evaluation.save(tmp_path)
    again = Evaluation.load(tmp_path).totals()
    assert again.keys() == totals.keys()
    np.testing.assert_equal([astuple(again[name]) for name in totals], [astuple(figure) for figure in totals.values()])


def test_several_threads_get_the_same_answers(trained: Trained) -> None:
    predictor = trained.system.open_bundle(trained.bundle, inputs=trained.inputs)
    goldens = load_goldens(trained.bundle) * 4
    with ThreadPoolExecutor(4) as pool:
        for changed in pool.map(lambda one: changes(trained.system, predictor, one), goldens):
            assert not changed


def test_several_requests_get_the_answers_of_each(trained: Trained) -> None:
    predictor = trained.system.open_bundle(trained.bundle, inputs=trained.inputs)
    goldens = load_goldens(trained.bundle)
    requests = [Message(trained.system.Request(**golden.request), golden.parts) for golden in goldens]
    assert [isinstance(predictor.is_quick(request), bool) for request in requests]
    for golden, answer in zip(goldens, predictor.answers(requests), strict=True):
        assert isinstance(answer, Message)
        assert not differences(golden.answer, answer.fields.model_dump(mode="json"), trained.system.tolerance)
    assert list(predictor.answers([])) == []


def test_the_service_answers_and_refuses(trained: Trained) -> None:
    app = make_app(Answering.of(trained.system), RequestMetrics(trained.name, "0"))
    app.state.predictor = trained.system.open_bundle(trained.bundle, inputs=trained.inputs)
    path = f"/v1/{trained.system.route}"
    with TestClient(app) as client:
        for golden in load_goldens(trained.bundle):
            assert not replay(client, "", golden, trained.system.route, trained.system.tolerance)
        assert client.post(path, json={"no_such_field": 1}).status_code == 422
        taken = client.post(path, files={"no_such_part": b"not a picture"})
        assert taken.status_code == (422 if trained.system.takes else 415)
        assert "picture" in taken.json()["error"].lower()
        for name in trained.system.takes:
            wrong = client.post(path, files={name: (name, b"what is this", "text/x-unheard-of")})
            assert wrong.status_code == 415
            assert "text/x-unheard-of" in wrong.json()["error"]
        bodies = client.get("/v1/openapi.json").json()["paths"][path]["post"]["requestBody"]["content"]
        assert ("multipart/form-data" in bodies) == bool(trained.system.takes)


def test_its_role_in_the_composed_service_is_filled(trained: Trained) -> None:
    """By what the role is asked, see `components.roles`."""
    serving = system_settings(trained.name).serving
    if serving is None:
        pytest.skip(f"{trained.name} has no role")
    asked = trained.system.open_role(trained.bundle, inputs=trained.inputs)
    if serving.role in WITHOUT_ITEMS:
        WITHOUT_ITEMS[serving.role](trained.system, asked)
        return
    items = trained.dataset.table("items").to_pylist()
    if serving.role == SEARCH:
        picture = trained.dataset.file(items[0]["image"]).read_bytes()
        vector_D, categories = asked.look(picture)
        whole_D, nothing = asked.vectors([picture, b"no picture"])
        assert nothing is None
        assert np.allclose(whole_D, vector_D, atol=1e-5)
        assert np.isclose(np.linalg.norm(vector_D), 1, atol=1e-3)
        assert all(0 <= probability <= 1 for _, probability in categories)
        item_ids, known_ND = asked.known()
        assert known_ND.shape == (len(item_ids), len(vector_D))
        assert set(item_ids) <= {item["item_id"] for item in items}
        return
    if serving.role == PARSE:
        picture = trained.dataset.file(items[0]["image"]).read_bytes()
        parsed = answer_one(asked.answers, pictured(trained.system.Request(), picture)).fields
        assert (parsed.width_px, parsed.height_px) == picture_size(picture)
        told = {"label", "score", "box", "area_px", "mask", "attributes"}
        assert all(told <= region.model_dump().keys() for region in parsed.regions)
        return
    if serving.role == COMPLETE:
        assert set(asked.item_ids) <= {item["item_id"] for item in items}
        look = [{"category": "no such thing", "item_id": None}, {"category": None, "item_id": items[0]["item_id"]}]
        request = trained.system.Request.model_validate({"look": look, "categories": 2, "k": 3})
        found = answer_one(asked.answers, Message(request)).fields.goes_with
        assert len(found) == 2
        assert {item.item_id for one in found for item in one.items} <= set(asked.item_ids)
        return
    if serving.role == FIND:
        request = trained.system.Request.model_validate({"text": items[0]["title"], "k": 1})
        assert not answer_one(asked.answers, Message(request)).fields.items
        asked.put(asked.known())
        assert len(answer_one(asked.answers, Message(request)).fields.items) == 1
        asked.drop([document.item_id for document in asked.known()])
        assert not answer_one(asked.answers, Message(request)).fields.items
        assert len(asked.suggest("", 2)) <= 2
        return
    if serving.role == KEEP:
        request = trained.system.Request.model_validate({"items": [items[0]["item_id"]], "k": 5, "boards": 2})
        found = answer_one(asked.answers, Message(request)).fields
        assert (len(found.items), len(found.boards)) == (5, 2)
        gone = found.items[0].item_id
        asked.drop([gone])
        asked.put([Document("new", "a new one", category=items[0]["category"])])
        asked.hold({"board of today": ["new", items[0]["item_id"]]})
        left = [one.item_id for one in answer_one(asked.answers, Message(request)).fields.items]
        assert gone not in left
        more = answer_one(asked.answers, Message(request.model_copy(update={"k": 100}))).fields.items
        assert "new" in [one.item_id for one in more]
        return
    if serving.role == RANK:
        candidates = [{"item_id": item["item_id"], "source": "some", "category": item["category"]} for item in items]
        new = {"item_id": "new", "source": "other", "category": "no such", "attributes": {"no such": "value"}}
        done = [{"item_id": items[0]["item_id"], "action": action, "time_s": 1_700_000_000} for action in ACTIONS]
        fields = {"user_id": "new", "time_s": 1_700_000_000, "surface": "home", "actions": done, "k": 100}
        request = trained.system.Request.model_validate(fields | {"candidates": [*candidates, new], "explore": False})
        assert isinstance(asked.is_quick(Message(request)), bool)
        page = answer_one(asked.answers, Message(request)).fields.items
        assert sorted(one.item_id for one in page) == sorted(["new", *(item["item_id"] for item in items)])
        assert all(one.propensity == 1 and one.probabilities for one in page)
        return
    assert set(asked.item_ids) <= {item["item_id"] for item in items}
    actions = [{"item_id": item["item_id"], "action": action} for item, action in zip(items, ACTIONS, strict=False)]
    fields = {"user_id": "new", "actions": actions, "k": 5, "explain": True, "time_s": 1_700_000_000}
    request = trained.system.Request.model_validate(fields)
    unknown = request.model_copy(update={"filters": {"no such": "value"}})
    assert isinstance(asked.is_quick(Message(request)), bool)
    answer, nothing = asked.answers([Message(request), Message(unknown)])
    assert {item.item_id for item in answer.fields.items} <= set(asked.item_ids)
    assert nothing.fields.items == ()
    assert (wanted := asked.trend()) is None or wanted.keys() == {"half_life_days", "actions", "newcomers"}


def test_they_can_be_scheduled() -> None:
    """`prefect deploy --all` makes a deployment of each."""
    made = asyncio.run(deployments())
    assert [deployment.name for deployment in made] == list(SYSTEMS)
    for deployment in made:
        assert deployment.parameters == {"system": deployment.name}
        assert bool(deployment.schedules) == (system_settings(deployment.name).schedule is not None)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_bundle_that_is_not_there_is_said(name: str, tmp_path: Path) -> None:
    system, nowhere = load_system(name), tmp_path / "nowhere"
    with pytest.raises(UserError, match="nowhere"):
        system.open_bundle(nowhere, inputs={below: Input(below, 1, "", nowhere) for below in system.below})


@pytest.mark.parametrize("name", SYSTEMS)
def test_its_folder_says_how_to_run_it(name: str) -> None:
    readme = root() / "components" / "systems" / name.replace("-", "_") / "README.md"
    assert f"corkboard run {name}" in readme.read_text(encoding="utf-8")

"""What every system owes the lifecycle; systems are found through `params.yaml`."""

import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from components.golden import save_goldens
from components.lifecycle.plan import make_plan
from components.system import load_system
from data.errors import UserError
from data.params import Strict, load
from data.project import root
from data.tables import TABLES
from tests.pictures import small_dataset

PARAMS = load(Path(__file__).parents[2] / "params.yaml")
SYSTEMS = sorted(PARAMS.systems)
PLANS = [
    (name, dataset)
    for name in SYSTEMS
    for dataset in dict.fromkeys((PARAMS.systems[name].dataset, *PARAMS.systems[name].by_dataset))
]
SMALL = {  # a configuration a system that fits in seconds on tests/pictures.py
    "visual-search": {
        "network": {"name": "resnet10t", "weights": "scratch", "dim": 8},
        "pictures": {"cache_px": 40, "train_px": [32], "serve_px": 32},
        "loss": {"metric": "supervised_contrastive"},
        "training": {"epochs": 1, "batch_size": 12, "learning_rate": 0.001, "weight_decay": 0.01, "patience": 1},
    }
}
SERVED = """
import sys
from pathlib import Path
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {refused!r}:
            raise ImportError(f"{name} must not be needed to serve")
sys.meta_path.insert(0, Refused())
from components.golden import differences, load_goldens
from components.system import load_system
system, bundle = load_system(sys.argv[1]), Path(sys.argv[2])
predictor = system.open_bundle(bundle)
for golden in load_goldens(bundle):
    answer = predictor.answer(system.Request(**golden.request), golden.picture)
    assert isinstance(answer, system.Response)
    assert not differences(golden.answer, answer.model_dump(mode="json")), golden.name
    print(golden.name)
"""
REFUSED = {"torch", "lightning", "timm", "mlflow", "prefect", "great_expectations", "dvc", "pandas", "pyarrow"}


def test_there_are_systems() -> None:
    assert SYSTEMS


@pytest.mark.parametrize("name", SYSTEMS)
def test_members(name: str) -> None:
    """They stay what they are when every file of the folder is imported: a file of a member's name would replace it."""
    system = load_system(name)
    for module in pkgutil.walk_packages(system.__path__, f"{system.__name__}."):  # type: ignore[attr-defined]
        import_module(module.name)
    for model in (system.Config, system.Request, system.Response):
        assert issubclass(model, Strict)
        assert model.model_config["extra"] == "forbid"
    assert set(system.TABLES) <= set(TABLES)
    for member in ("fit", "evaluate", "open_bundle", "golden_requests"):
        assert callable(getattr(system, member))


@pytest.mark.parametrize(("name", "dataset"), PLANS)
def test_every_entry_resolves_and_its_gate_is_closed(name: str, dataset: str) -> None:
    plan = make_plan(name, dataset)
    assert load_system(name).Config.model_validate(plan.config).model_dump(mode="json") == plan.config
    assert plan.gate.primary in plan.gate.floors
    assert all(floor > 0 for floor in plan.gate.floors.values())
    assert {"latency_p99_ms", "size_mb"} <= set(plan.gate.ceilings)


@pytest.mark.parametrize("name", SYSTEMS)
def test_unknown_keys_are_refused_by_name(name: str) -> None:
    with pytest.raises(UserError, match="no_such_setting"):
        make_plan(name, None, {"no_such_setting": "1"})
    with pytest.raises(ValidationError):
        load_system(name).Request.model_validate({"no_such_field": 1})


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_real_bundle_answers_without_trainers(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    system, dataset, bundle = load_system(name), small_dataset(tmp_path / "data", 8, 4), tmp_path / "bundle"
    for folder in (tmp_path / "work", bundle):
        folder.mkdir()
    system.fit(dataset, system.Config.model_validate(SMALL[name]), tmp_path / "work", bundle, lambda *_: None)
    goldens = system.golden_requests(bundle, dataset)
    save_goldens(bundle, goldens)
    command = [sys.executable, "-c", SERVED.replace("{refused!r}", repr(REFUSED)), name, str(bundle)]
    done = subprocess.run(command, cwd=root(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == sorted(golden.name for golden in goldens) != []


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_bundle_that_is_not_there_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        load_system(name).open_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize("name", SYSTEMS)
def test_its_folder_says_how_to_run_it(name: str) -> None:
    readme = root() / "components" / "systems" / name.replace("-", "_") / "README.md"
    assert f"corkboard run {name}" in readme.read_text(encoding="utf-8")

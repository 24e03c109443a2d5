"""What every system owes the lifecycle; systems are found through `params.yaml`."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from components.lifecycle.plan import make_plan
from components.system import load_system
from data.errors import UserError
from data.params import Strict, load
from data.project import root
from data.tables import TABLES

PARAMS = load(Path(__file__).parents[2] / "params.yaml")
SYSTEMS = sorted(PARAMS.systems)
PLANS = [
    (name, dataset) for name in SYSTEMS for dataset in {PARAMS.systems[name].dataset, *PARAMS.systems[name].by_dataset}
]
SERVED = """
import sys
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "lightning", "timm", "mlflow", "prefect", "great_expectations"}:
            raise ImportError(f"{name} must not be needed to serve")
sys.meta_path.insert(0, Refused())
from components.system import load_system
system = load_system(sys.argv[1])
try:
    system.open_bundle(__import__("pathlib").Path("nowhere"))
except ValueError as error:
    print(error)
"""


def test_there_are_systems() -> None:
    assert SYSTEMS


@pytest.mark.parametrize("name", SYSTEMS)
def test_members(name: str) -> None:
    system = load_system(name)
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
def test_the_predictor_opens_without_trainers(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", SERVED, name], cwd=root(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nowhere" in done.stdout


@pytest.mark.parametrize("name", SYSTEMS)
def test_its_folder_says_how_to_run_it(name: str) -> None:
    readme = root() / "components" / "systems" / name.replace("-", "_") / "README.md"
    assert f"corkboard run {name}" in readme.read_text(encoding="utf-8")

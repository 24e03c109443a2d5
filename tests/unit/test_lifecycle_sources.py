"""What decides a training and what decides an evaluation are told apart by what each imports."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from components.lifecycle.fingerprint import code_hash, evaluation_hash
from components.lifecycle.sources import imported, sources_of
from components.system import load_system

FILES = {
    "__init__.py": """
from components.system import System
SYSTEM = System(__name__, tables={}, route="apart")
""",
    "train.py": """
from typing import TYPE_CHECKING
from components.systems.apart.shared import SIDE
if TYPE_CHECKING:
    from components.systems.apart import never
def fit():
    from components.systems.apart.deeper import steps
""",
    "measure.py": "import components.systems.apart.plots",
    "goldens.py": "",
    "predictor.py": "",
    "shared.py": "SIDE = 3",
    "never.py": "",
    "plots.py": "",
    "deeper/__init__.py": "",
    "deeper/steps.py": """
from .. import shared
from components.metrics import mean_average_precision_at_r
import numpy
""",
}


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A system whose parts are imported in every way there is."""
    import components.systems

    monkeypatch.setattr(components.systems, "__path__", [*components.systems.__path__, str(tmp_path)])
    for name, text in FILES.items():
        path = tmp_path / "apart" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    yield import_module("components.systems.apart").SYSTEM
    for name in [name for name in sys.modules if name.startswith("components.systems.apart")]:
        del sys.modules[name]


def test_each_member_has_what_it_imports(apart) -> None:
    own = {name.removeprefix("components.systems.apart") for name in sources_of(apart, ("train",))}
    assert {"", ".train", ".shared", ".deeper", ".deeper.steps", "components.metrics"} <= own
    assert not {".plots", ".never", "numpy"} & own
    assert "components.systems.apart.plots" in sources_of(apart, ("measure",))
    assert "components.systems.apart.deeper" not in sources_of(apart, ("measure",))


def test_a_change_counts_where_it_is_used(apart) -> None:
    before = code_hash("apart"), evaluation_hash("apart")
    folder = Path(import_module(apart.package).__file__).parent
    (folder / "plots.py").write_text("COLOUR = 1")
    assert (code_hash("apart"), evaluation_hash("apart") == before[1]) == (before[0], False)
    (folder / "shared.py").write_text("SIDE = 4")
    assert code_hash("apart") != before[0]


def test_pictures_of_an_evaluation_do_not_train_anew() -> None:
    system = load_system("visual-search")
    trained, measured = (sources_of(system, (file,)) for file in ("train", "measure"))
    assert "components.systems.visual_search.plots" in measured.keys() - trained.keys()
    assert "components.learning.loop" in trained.keys() - measured.keys()


def test_the_contract_decides_nothing_but_is_needed_to_open() -> None:
    system = load_system("visual-search")
    assert "components.system" not in sources_of(system, ("predictor",))
    assert "components.system" in sources_of(system, ("predictor",), deciding=False)
    assert "data.errors" in imported(["components.bundle"])

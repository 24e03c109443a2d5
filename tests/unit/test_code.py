"""What makes a step run again: code followed import by import, read as syntax, and the libraries that it imports."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import components.systems
import data.code
from components.code import code_of_evaluation, code_of_fit, code_to_serve
from data.code import code_of

APART = "components.systems.apart"
FILES = {
    "__init__.py": """
from components.system import System
from components.systems.apart import declared
SYSTEM = System(__name__, tables={"items": ("item_id",)}, route="apart")
""",
    "declared.py": "",
    "config.py": "",
    "types.py": "",
    "goldens.py": "",
    "train.py": """
from typing import TYPE_CHECKING
from components.systems.apart.shared import SIDE
if TYPE_CHECKING:
    from components.systems.apart import never
def fit():
    from components.systems.apart.deeper import steps
""",
    "measure.py": "import components.systems.apart.plots",
    "predictor.py": "from data.errors import UserError",
    "shared.py": '"""What is shared."""\nSIDE = 3\n',
    "never.py": "",
    "plots.py": "import matplotlib.pyplot as plt",
    "deeper/__init__.py": "",
    "deeper/steps.py": """
from .. import shared
from components.metrics import mean_average_precision_at_r
import os, yaml
try:
    import numpy
except ImportError:
    from components.index import claims
""",
}


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a system whose parts are imported in every way there is."""
    monkeypatch.setattr(components.systems, "__path__", [*components.systems.__path__, str(tmp_path)])
    for name, text in FILES.items():
        path = tmp_path / "apart" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    yield tmp_path / "apart"
    imported = [name for name in sys.modules if name.startswith(APART)]
    for name in imported:
        del sys.modules[name]
    assert set(imported) <= {APART, f"{APART}.declared"}, "more than the declaration was imported"


def own(names: Iterable[str]) -> set[str]:
    return {name.removeprefix(f"{APART}.") for name in names if name.startswith(APART)}


def test_each_step_has_what_it_imports(apart: Path) -> None:
    fit, evaluation = code_of_fit("apart"), code_of_evaluation("apart")
    assert own(fit.modules) == {"config", "train", "goldens", "predictor", "types", "shared", "deeper.steps"}
    assert own(evaluation.modules) == {"config", "measure", "predictor", "types", "plots"}
    assert {"components.metrics", "components.index.claims"} <= fit.modules.keys()
    assert {"numpy", "pyyaml"} <= set(fit.libraries)
    assert "matplotlib" in evaluation.libraries
    assert "matplotlib" not in fit.libraries
    assert "os" not in fit.outside


def test_what_serves_has_its_packages_and_nothing_of_training(apart: Path) -> None:
    served = code_to_serve(["apart"], ["components.golden"])
    assert own(served.modules) == {APART, "declared", "predictor", "types"}
    assert {"components", "components.golden", "components.system", "data", "data.errors"} <= served.modules.keys()
    assert all(path.is_file() for path in served.modules.values())


@pytest.mark.parametrize(
    "text",
    [
        "SIDE = 3  # cm",
        "'''It says something else.'''\n\n\nSIDE   = (\n    3\n)\n",
        "SIDE = 0x3\n'a remark'\n",
    ],
)
def test_how_it_is_written_decides_nothing(apart: Path, text: str) -> None:
    before = code_of_fit("apart").hash
    (apart / "shared.py").write_text(text)
    assert code_of_fit("apart").hash == before


@pytest.mark.parametrize("text", ["SIDE = 4", "SIDE = 3.0", "SIDE = '3'", "SIDE = 3\ndel SIDE", "def SIDE(): ...", ""])
def test_what_it_says_decides(apart: Path, text: str) -> None:
    before = code_of_fit("apart").hash
    (apart / "shared.py").write_text(text)
    assert code_of_fit("apart").hash != before


def test_a_docstring_is_told_from_a_value(apart: Path) -> None:
    hashes = []
    for text in (
        "def f():\n 'a'\n return 1",
        "def f():\n 'b'\n return 1",
        "def f():\n return 'a'",
        "def f():\n return",
    ):
        (apart / "shared.py").write_text(text)
        hashes.append(code_of_fit("apart").hash)
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_a_change_counts_where_it_is_used(apart: Path) -> None:
    fit, evaluation = code_of_fit("apart").hash, code_of_evaluation("apart").hash
    (apart / "plots.py").write_text("COLOUR = 1")
    assert code_of_fit("apart").hash == fit
    assert code_of_evaluation("apart").hash != evaluation
    (apart / "__init__.py").write_text("ROUTE = 'elsewhere'")  # nothing is taken from it
    assert code_of_fit("apart").hash == fit
    (apart / "deeper" / "steps.py").write_text("STEPS = 2")
    assert code_of_fit("apart").hash != fit


def test_versions_are_of_what_is_imported_and_declared(apart: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_of_fit("apart").versions
    real = data.code.version
    monkeypatch.setattr(data.code, "version", lambda name: "99" if name in ("numpy", "matplotlib") else real(name))
    assert code_of_fit("apart").versions == before | {"numpy": "99"}


def test_optional_libraries_are_named_but_decide_nothing() -> None:
    engine = code_of(["data.engine"])
    assert {"ibis-framework", "pyspark"} <= set(engine.libraries)
    assert "ibis-framework" in engine.versions
    assert "pyspark" not in engine.versions


def test_modules_that_are_named_by_other_names_are_known() -> None:
    assert {"faiss-cpu", "onnxruntime", "pillow", "simplejpeg"} <= set(code_to_serve(["visual-search"], []).libraries)


def test_training_reads_neither_the_lifecycle_nor_tables() -> None:
    names = code_of_fit("visual-search").modules.keys()
    assert {"components.learning.loop", "data.images.decode"} <= names
    assert not [name for name in names if name.startswith("components.lifecycle") or name == "components.system"]
    assert {name for name in names if name.startswith("data.")} == {n for n in names if n.startswith("data.images")}


def test_pictures_of_an_evaluation_do_not_train_anew() -> None:
    trained, measured = (code("visual-search").modules.keys() for code in (code_of_fit, code_of_evaluation))
    assert "components.systems.visual_search.plots" in measured - trained
    assert "components.learning.loop" in trained - measured


def test_an_entry_that_is_no_module_is_an_error_of_ours() -> None:
    with pytest.raises(AssertionError, match=r"data\.nothing"):
        code_of(["data.nothing"])


def test_a_served_system_has_faiss_where_it_searches() -> None:
    rim = ("serving.guard", "serving.service")
    assert "faiss-cpu" in code_to_serve(["visual-search"], rim).libraries
    assert "faiss-cpu" not in code_to_serve(["user-sequence"], rim).libraries

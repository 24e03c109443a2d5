"""The code that is registered with a model is enough to open it: for every system of the project."""

import subprocess
import sys

import pytest

from components.code import code_to_serve
from components.lifecycle.register import RIM, stage_code
from components.lifecycle.signature import is_text, request_signature
from components.settings import system_names
from components.system import load_system

SYSTEMS = system_names()


def test_there_are_systems():
    assert SYSTEMS


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_staged_code_imports_alone(system, tmp_path):
    stage_code(code_to_serve([system], [RIM]), tmp_path)
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from importlib import import_module\n"
        "from components.system import load_system\n"
        "from components.lifecycle.signature import is_text\n"
        f"system = load_system({system!r})\n"
        "import components.systems\n"
        f"assert {str(tmp_path)!r} in components.systems.__path__[0], components.systems.__path__\n"
        "assert system.Request and system.Response\n"
        "assert import_module(f'{system.package}.predictor').open_bundle\n"
        "heavy = {'torch', 'prefect', 'great_expectations', 'bentoml', 'mlflow'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.rglob("*.json"))


def test_a_request_as_columns_and_parameters():
    pytest.importorskip("mlflow")
    system = load_system("visual-search")
    signature = request_signature(system)
    columns = {column.name: column.type.name for column in signature.inputs}
    assert columns == {"picture": "binary", "item_id": "string", "box": "string", "filters": "string"}
    assert not any(column.required for column in signature.inputs)
    params = {param.name: (param.dtype.name, param.default) for param in signature.params}
    assert params == {"k": ("long", 10), "box": ("string", "null"), "filters": ("string", "{}")}
    assert is_text(system, "item_id")
    assert not is_text(system, "filters")

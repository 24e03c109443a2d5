"""docs/add-a-system.md, followed to the letter in a copy of the project: a third system through the whole lifecycle."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from data.files import sha256_file
from tests.checkout import Checkout, indented


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A copy with a small crowd, and its commands at hand."""
    made = Checkout(tmp_path)
    settings = made.folder / "params.yaml"
    params = yaml.safe_load(settings.read_text(encoding="utf-8"))
    params["datasets"]["crowd"] |= {"objects": 240, "behaviour": {"users": 200, "days": 30}}
    settings.write_text(yaml.safe_dump(params), encoding="utf-8")
    made.remember("source .venv/bin/activate")
    return made


def _new(checkout: Checkout, command: str) -> None:
    before = _files(checkout)
    made = set(checkout.shell(command).splitlines()[:-1])
    assert {"components/systems/toy/train.py", "tests/systems/toy/test_predictor.py"} <= made
    after = _files(checkout)
    assert set(after) - set(before) == made
    assert {path: content for path, content in after.items() if path in before} == before
    checkout.shell(command, codes=(1,))  # taken
    checkout.shell("corkboard new Toy_2", codes=(1,))
    assert sorted(path.name for path in (checkout.folder / "components/systems").glob("*oy*")) == ["toy"]
    checkout.shell("ruff format --check components/systems/toy && ruff check components/systems/toy")


def _files(checkout: Checkout) -> dict[str, str]:
    kept = (
        path for path in checkout.folder.rglob("*.*") if path.is_file() and not {".venv", "__pycache__"} & {*path.parts}
    )
    return {path.relative_to(checkout.folder).as_posix(): sha256_file(path) for path in kept}


def _run(checkout: Checkout, command: str) -> None:
    answer = json.loads(checkout.shell(f"{command} --json"))
    assert answer["status"] == "released", answer
    assert answer["bento"].startswith("toy:1-")


def _models(checkout: Checkout, command: str) -> None:
    assert "champion" in checkout.shell(command)


def _contract(checkout: Checkout, command: str) -> None:
    told = checkout.shell(command)
    assert " passed" in told or "[100%]" in told


def _again(checkout: Checkout, command: str) -> None:
    """A tie keeps the champion."""
    answer = json.loads(checkout.shell(f"{command} --json", codes=(3,)))
    assert answer["status"] == "refused"


EDITS = {  # of a new system: it answers what the champion below would
    "__init__.py": {'route="top"': 'route="top", uses=("toy",)'},
    "train.py": {"progress: Progress)": "progress: Progress, inputs: object)"},
    "measure.py": {
        "    progress: Progress,\n": "    progress: Progress,\n    inputs: object,\n",
        "TopPredictor.open(bundle)": "open_bundle(bundle, 1, inputs)",
        "import TopPredictor": "import open_bundle",
    },
    "goldens.py": {
        "dataset: Dataset)": "dataset: Dataset, inputs: object)",
        "TopPredictor.open(bundle)": "open_bundle(bundle, 1, inputs)",
        "import TopPredictor": "import open_bundle",
    },
    "predictor.py": {
        "threads: int = 1) -> TopPredictor:\n": "threads: int, inputs) -> TopPredictor:\n",
        "    return TopPredictor.open(bundle, threads)": """    predictor = TopPredictor.open(bundle, threads)
    predictor.below = inputs["toy"].open(threads)
    return predictor""",
        "        seen = set(request.seen)\n": """        from components.system import load_system

        asked = load_system("toy").Request.model_validate(request.model_dump())
        (below,) = self.below.answers([Message(asked)])
        return Response.model_validate(below.fields.model_dump())
        seen = set(request.seen)
""",
    },
}


def _on_top(checkout: Checkout) -> None:
    """A system that builds on toy, in a new state folder: both are trained and served."""
    checkout.shell("corkboard new top")
    folder = checkout.folder / "components" / "systems" / "top"
    for name, edits in EDITS.items():
        text = (folder / name).read_text(encoding="utf-8")
        for before, after in edits.items():
            assert before in text, (name, before)
            text = text.replace(before, after)
        (folder / name).write_text(text, encoding="utf-8")
    home = checkout.home.rename(checkout.home.with_name("former"))
    released = json.loads(checkout.shell("corkboard run top --with-inputs --json"))
    assert (released["status"], released["inputs"]["toy"]["version"]) == ("released", 1)
    shutil.rmtree(home)


RUNS: dict[str, Callable[[Checkout, str], None]] = {
    "corkboard new toy": _new,
    "corkboard run toy": _run,
    "corkboard models toy": _models,
    ".venv/bin/python -m pytest tests/contract tests/systems/toy -k toy": _contract,
    "corkboard run toy --set prior=2.0": _again,
}


def test_every_command_of_the_page(checkout: Checkout) -> None:
    found = indented("docs/add-a-system.md")
    assert set(found) == set(RUNS), "a command of the page that no test runs, or one that is no longer there"
    for command in found:
        RUNS[command](checkout, command)
    _on_top(checkout)

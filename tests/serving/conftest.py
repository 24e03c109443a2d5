"""A tiny but real bundle of visual-search: colours of a 4 x 4 grid as the embedding, made without any training."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from components.bundle import seal
from components.golden import save_goldens
from components.index import VectorIndex
from components.system import Golden
from components.systems.visual_search.embedder import Embedder
from components.systems.visual_search.predictor import VisualSearchPredictor
from components.systems.visual_search.types import Request
from data.files import write_json
from data.images import square
from serving.process import free_port, running, serve_command

ROOT = Path(__file__).parents[2]
SIZE_PX, DIM, ITEMS = 32, 48, 60
CATEGORIES = ("blue", "green", "red")
PATTERNS = ("plain", "striped")


def picture(seed: int, kind: str = "JPEG", size: tuple[int, int] = (120, 160)) -> bytes:
    """A picture whose category and pattern follow from `seed`."""
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 120, (*size, 3), np.uint8)
    image[..., 2 - seed % 3] += 130
    if seed // 3 % 2:
        image[::16] = 255
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def network() -> onnx.ModelProto:
    """uint8 pixels to the unit vector of mean colours in a 4 x 4 grid, and logits by colour."""
    weights = np.zeros((DIM, 3), np.float32)
    for category in range(3):
        weights[(2 - category) * 16 : (3 - category) * 16, category] = 4
    constants = {
        "scale": np.array(255, np.float32),
        "middle": np.array(0.45, np.float32),
        "weights": weights,
    }
    cell = SIZE_PX // 4
    nodes = [
        helper.make_node("Cast", ["pixels_NHWC"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["cast", "scale"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "middle"], ["centred"]),
        helper.make_node("Transpose", ["centred"], ["channels"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["channels"], ["grid"], kernel_shape=[cell, cell], strides=[cell, cell]),
        helper.make_node("Flatten", ["grid"], ["flat"]),
        helper.make_node("LpNormalization", ["flat"], ["embedding_ND"], axis=1, p=2),
        helper.make_node("MatMul", ["embedding_ND", "weights"], ["logits_NC"]),
    ]
    graph = helper.make_graph(
        nodes,
        "grid",
        [helper.make_tensor_value_info("pixels_NHWC", TensorProto.UINT8, ["N", SIZE_PX, SIZE_PX, 3])],
        [
            helper.make_tensor_value_info("embedding_ND", TensorProto.FLOAT, ["N", DIM]),
            helper.make_tensor_value_info("logits_NC", TensorProto.FLOAT, ["N", 3]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def make_bundle(bundle: Path) -> Path:
    """Write the bundle, its goldens and its manifest."""
    bundle.mkdir(parents=True)
    (bundle / "embed.onnx").write_bytes(network().SerializeToString())
    write_json(bundle / "network.json", {"size_px": SIZE_PX, "dim": DIM, "categories": CATEGORIES})
    seeds = range(ITEMS)
    columns = {
        "category": [CATEGORIES[seed % 3] for seed in seeds],
        "pattern": [PATTERNS[seed // 3 % 2] for seed in seeds],
    }
    ids = [f"item-{seed}" for seed in seeds]
    vectors, _ = Embedder.open(bundle).embed(np.stack([square(picture(seed), SIZE_PX) for seed in seeds]))
    titles = [f"{CATEGORIES[seed % 3]} {seed}" for seed in seeds]
    VectorIndex.build(vectors, ids, columns, {"title": titles}).save(bundle / "index")
    predictor = VisualSearchPredictor.open(bundle)
    asked: list[tuple[str, dict, bytes | None]] = [
        ("picture", {"k": 5}, picture(100)),
        ("box", {"k": 3, "box": [10, 10, 90, 100]}, picture(101, "PNG")),
        ("filter", {"k": 50, "filters": {"category": "red", "pattern": ["striped"]}}, picture(102, "WEBP")),
        ("item", {"item_id": "item-7", "k": 4}, None),
    ]
    save_goldens(
        bundle,
        [
            Golden(name, fields, data, predictor.answer(Request.model_validate(fields), data).model_dump(mode="json"))
            for name, fields, data in asked
        ],
    )
    seal(
        bundle,
        system="visual-search",
        dataset="tiny",
        data_version="data-1",
        simulated=True,
        config={},
        seed=0,
        code="code-1",
        git_revision="",
        libraries={},
    )
    return bundle


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("tiny") / "bundle")


@pytest.fixture(scope="session")
def draw() -> Callable[..., bytes]:
    return picture


@pytest.fixture(scope="session")
def bentos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which Bentos of these tests are built and served."""
    home = tmp_path_factory.mktemp("home")
    return {**os.environ, "CORKBOARD_HOME": str(home), "BENTOML_HOME": str(home / "bentoml")}


@pytest.fixture(scope="session")
def command(bentos: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of `serving`, such as `command("smoke", "--bento", "visual-search:3")`."""

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", f"serving.{name}", *arguments]
        return subprocess.run(line, cwd=ROOT, env=bentos, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def bento(command: Callable[..., subprocess.CompletedProcess[str]], tiny_bundle: Path) -> str:
    """The tag of the tiny bundle's Bento."""
    found = command("package", "--system", "visual-search", "--version", "3", "--bundle", str(tiny_bundle))
    assert found.returncode == 0, found.stderr
    tag: str = json.loads(found.stdout)["bento"]
    return tag


BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "lightning", "timm", "mlflow", "prefect", "great_expectations", "pandas"}:
            raise ImportError(f"{name} must not be imported by the service")

sys.meta_path.insert(0, Blocker())
"""


@pytest.fixture(scope="session")
def service(bento: str, bentos: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the packaged service, served as it will be, where importing trainers raises."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(BLOCKER)
    home = Path(bentos["CORKBOARD_HOME"])
    port = free_port()
    environment = {"BENTOML_HOME": str(home / "bentoml"), "PYTHONPATH": str(folder), "BENTOML_DO_NOT_TRACK": "True"}
    with running(serve_command(bento, "127.0.0.1", port), port, environment) as address:
        yield address

"""The predictor and its service answer any picture, and refuse by name what is none."""

import io
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from components.message import answer_one, pictured
from components.system import load_system
from components.systems.scene_parsing.parser import MOST_PX, Parser
from components.systems.scene_parsing.predictor import MASK, ParsingPredictor, open_bundle
from components.systems.scene_parsing.types import Request
from data.errors import UserError
from data.images import BrokenPicture, UnsupportedPicture
from serving.answering import Answering
from serving.app import make_app
from serving.metrics import RequestMetrics

SYSTEM = load_system("scene-parsing")


@pytest.fixture(scope="module")
def predictor(fitted: Any) -> ParsingPredictor:
    return open_bundle(fitted[1])


def client_of(predictor: ParsingPredictor) -> TestClient:
    app = make_app(Answering.of(SYSTEM), RequestMetrics("scene-parsing", "0"))
    app.state.predictor = predictor
    return TestClient(app)


@pytest.fixture(scope="module")
def client(predictor: ParsingPredictor) -> Iterator[TestClient]:
    with client_of(predictor) as opened:
        yield opened


def encoded(pixels_HW3: np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels_HW3).save(file, kind, **options)
    return file.getvalue()


def shown(width: int, height: int) -> np.ndarray:
    """A red bar on light noise, as the data set draws them."""
    pixels = np.random.default_rng(0).integers(150, 256, (80, 64, 3), np.uint8)
    pixels[10:70, 20:34] = (200, 40, 40)
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.NEAREST))


def post(client: TestClient, picture: bytes, **headers: str) -> Any:
    return client.post(
        "/v1/parse", files={"picture": ("p", picture)}, headers={"accept": "application/json", **headers}
    )


def test_regions_agree_with_their_masks_and_the_png(predictor: ParsingPredictor) -> None:
    answer = answer_one(predictor.answers, pictured(Request(), encoded(shown(550, 830))))
    fields = answer.fields
    assert (fields.width_px, fields.height_px) == (550, 830)
    assert fields.regions[0].label == "bar"
    assert [region.score for region in fields.regions] == sorted((r.score for r in fields.regions), reverse=True)
    assert [region.value for region in fields.regions] == list(range(1, len(fields.regions) + 1))
    with Image.open(io.BytesIO(answer.parts[MASK].content)) as image:
        value_HW = np.asarray(image)
    assert value_HW.shape == (830, 550)
    for region in fields.regions:
        assert region.mask.size == (830, 550)
        counts = region.mask.counts
        inside_HW = np.repeat(np.arange(len(counts)) % 2, counts).reshape(550, 830).T == 1
        assert np.array_equal(inside_HW, value_HW == region.value)
        y, x = np.nonzero(inside_HW)
        assert region.box == (x.min(), y.min(), x.max() + 1, y.max() + 1)
        assert region.area_px == len(x)
        assert set(region.attributes) == {"colour"}


def test_sides_are_those_after_exif_rotation(client: TestClient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    answer = post(client, encoded(shown(120, 90), "JPEG", exif=exif)).json()
    assert (answer["width_px"], answer["height_px"]) == (90, 120)


def test_regions_of_low_scores_can_be_left_out(predictor: ParsingPredictor) -> None:
    picture = encoded(shown(64, 80))
    every, none = (answer_one(predictor.answers, pictured(Request(least_score=s), picture)) for s in (0.0, 1.0))
    assert every.fields.regions
    assert none.fields.regions == ()
    with Image.open(io.BytesIO(none.parts[MASK].content)) as image:
        assert not np.asarray(image).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (300, 9), (30, 900)])
def test_odd_pictures_are_answered(client: TestClient, size: tuple[int, int]) -> None:
    answer = post(client, encoded(shown(*size)))
    assert answer.status_code == 200
    assert (answer.json()["width_px"], answer.json()["height_px"]) == size
    for region in answer.json()["regions"]:
        x0, y0, x1, y1 = region["box"]
        assert 0 <= x0 < x1 <= size[0]
        assert 0 <= y0 < y1 <= size[1]
        assert sum(region["mask"]["counts"]) == size[0] * size[1]


@pytest.mark.parametrize(("size", "kind"), [((5000, 4000), "JPEG"), ((5000, 4000), "PNG"), ((24_000, 800), "JPEG")])
def test_large_pictures_take_bounded_time_and_memory(client: TestClient, size: tuple[int, int], kind: str) -> None:
    """20 megapixels, and a panorama of 1 to 30."""
    picture = encoded(shown(*size), kind)
    before_mb, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.process_time()
    answer = post(client, picture)
    assert time.process_time() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mb < 500
    fields = answer.json()
    assert (fields["width_px"], fields["height_px"]) == size
    assert fields["regions"]
    for region in fields["regions"]:
        height, width = region["mask"]["size"]
        assert width * height <= 1.01 * MOST_PX
        assert width / height == pytest.approx(size[0] / size[1], rel=0.02)
        assert region["box"][2] <= size[0]
        assert region["box"][3] <= size[1]
    assert sum(region["area_px"] for region in fields["regions"]) <= 1.01 * size[0] * size[1]


class Blank:
    """A session that sees nothing but background."""

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name="probability_NLhw")]

    def run(self, _: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        _, height, width, _ = given["pixels_NHW3"].shape
        return [np.stack([np.ones((1, height // 4, width // 4)), np.zeros((1, height // 4, width // 4))], 1)]


def test_a_picture_with_nothing_in_it_has_no_regions() -> None:
    description = {"labels": ["background", "hat"], "side_px": 64, "least_share": 0.001, "attributes": {}}
    parser = Parser(Blank(), description | {"attributes_of": {"background": [], "hat": []}})
    with client_of(ParsingPredictor(parser)) as client:
        answer = post(client, encoded(shown(64, 80)))
        assert answer.status_code == 200
        assert answer.json() == {"regions": [], "width_px": 64, "height_px": 80}
        png = post(client, encoded(shown(64, 80)), accept="image/png")
        with Image.open(io.BytesIO(png.content)) as image:
            assert image.size == (64, 80)
            assert not np.asarray(image).any()


def test_what_is_no_picture_is_refused(predictor: ParsingPredictor, client: TestClient) -> None:
    whole = encoded(shown(64, 80), "JPEG")
    for picture, error in (
        (b"", BrokenPicture),
        (whole[:-300], BrokenPicture),
        (b"GIF89a" + b"\0" * 30, UnsupportedPicture),
    ):
        with pytest.raises(error):
            answer_one(predictor.answers, pictured(Request(), picture))
    with pytest.raises(UserError, match="upload a picture"):
        answer_one(predictor.answers, pictured(Request()))
    assert 400 <= post(client, whole[:-300]).status_code < 500
    assert client.post("/v1/parse", json={}).status_code == 422
    assert client.post("/v1/parse", json={"least_score": 2}).status_code == 422


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"parser\.json is missing"):
        open_bundle(tmp_path)


def test_opens_where_trainers_cannot_be_imported(fitted: Any, tmp_path: Path) -> None:
    blocked = ("torch", "lightning", "timm", "pandas", "pyarrow", "faster_coco_eval", "matplotlib")
    (tmp_path / "picture.png").write_bytes(encoded(shown(64, 80)))
    script = f"""
import sys
for name in {blocked!r}:
    sys.modules[name] = None
from pathlib import Path
from components.message import answer_one, pictured
from components.system import load_system
system = load_system("scene-parsing")
predictor = system.open_bundle(Path(sys.argv[1]))
print(len(answer_one(predictor.answers, pictured(system.Request(), Path(sys.argv[2]).read_bytes())).fields.regions))
"""
    command = [sys.executable, "-c", script, str(fitted[1]), str(tmp_path / "picture.png")]
    found = subprocess.run(command, check=True, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert int(found.stdout) > 0

"""Objects in COCO's format: shapes decoded by hand, and each fault of an annotation named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from data.dataset import open_dataset
from data.errors import UserError
from data.params import SegmentedPhotosParams
from data.prepare import prepare
from data.sources.segmented_photos.annotated import AnnotationError
from data.sources.segmented_photos.shapes import of_counts, of_polygons, uncompressed
from data.validation import check
from tests.folders import quiet
from tests.segmented import instances

SQUARE = [2.0, 2, 6, 2, 6, 6, 2, 6]


def params(folder: Path, **facts: Any) -> SegmentedPhotosParams:
    given = {"source": "segmented_photos", "licence": "own", "path": folder, "annotations": "instances.json"}
    return SegmentedPhotosParams.model_validate(given | facts)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))


def full(polygons: list[list[float]], width: int = 12, height: int = 10) -> np.ndarray:
    patch = of_polygons(polygons, (width, height))
    pixels = np.zeros((height, width), bool)
    pixels[patch.y : patch.y + patch.pixels.shape[0], patch.x : patch.x + patch.pixels.shape[1]] = patch.pixels
    return pixels


def test_a_polygon_covers_the_pixels_whose_centres_it_holds() -> None:
    square = np.zeros((10, 12), bool)
    square[2:6, 2:6] = True
    assert (full([SQUARE]) == square).all()
    assert (full([[2.0, 2, 2, 6, 6, 6, 6, 2]]) == square).all()  # whichever way round
    assert full([[0.0, 0, 8, 0, 0, 8]]).sum() == 7 * 8 / 2  # centres on the slope are outside
    assert (full([SQUARE, [4.0, 4, 9, 4, 9, 8, 4, 8]]).sum(), full([[4.0, 4, 9, 4, 9, 8, 4, 8]]).sum()) == (32, 20)


def test_a_polygon_is_cut_off_at_the_edges_of_the_photo() -> None:
    assert full([[-5.0, -5, 3, -5, 3, 3, -5, 3]]).sum() == 9
    assert full([[10.0, 8, 99, 8, 99, 99, 10, 99]]).sum() == 4
    with pytest.raises(AnnotationError, match="covers no pixel"):
        full([[20.0, 20, 30, 20, 30, 30]])


def test_a_polygon_agrees_with_points_inside() -> None:
    rng = np.random.default_rng(0)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    corners = np.stack([20 + 15 * np.cos(angles), 18 + 12 * np.sin(angles)], axis=1)
    y, x = np.mgrid[0:40, 0:40] + 0.5
    edges = np.roll(corners, -1, axis=0) - corners
    inside = np.ones((40, 40), bool)  # of a convex outline: to the same side of every edge
    for (cx, cy), (ex, ey) in zip(corners, edges, strict=True):
        inside &= ex * (y - cy) - ey * (x - cx) > 0
    assert (full([corners.ravel().tolist()], 40, 40) == inside).all()


def test_run_lengths_go_down_the_columns() -> None:
    patch = of_counts([3, 2, 4, 1, 2], (4, 3), (3, 4))
    assert (patch.x, patch.y, patch.pixels.tolist()) == (
        0,
        0,
        [[False, True, False], [False, False, True], [False, False, False], [True, False, False]],
    )


def test_compressed_run_lengths_agree_with_the_api_of_coco() -> None:
    """The text is what `encode` of COCO's API gives for a mask of 4 x 4 with the middle 2 x 2 set."""
    assert uncompressed("52203") == [5, 2, 2, 2, 5]
    patch = of_counts("52203", (4, 4), (4, 4))
    assert (patch.x, patch.y, patch.area_px) == (1, 1, 4)


def _compressed(lengths: list[int]) -> str:
    """`rleToString` of maskApi.c."""
    text = ""
    for number, length in enumerate(lengths):
        value = length - (lengths[number - 2] if number > 2 else 0)
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != -1 if bits & 16 else value != 0
            text += chr((bits | 32 if more else bits) + 48)
    return text


def test_long_run_lengths_come_back() -> None:
    lengths = np.random.default_rng(3).integers(0, 70_000, 50).tolist()
    assert uncompressed(_compressed(lengths)) == lengths
    with pytest.raises(AnnotationError, match="end within a number"):
        uncompressed(_compressed([70_000])[:-1])
    with pytest.raises(AnnotationError, match="character"):
        uncompressed("5 2")


def test_each_annotation_is_a_region(tmp_path: Path) -> None:
    crowd = {"size": [64, 64], "counts": [0, 64 * 10, 64 * 54]}
    given = params(
        instances(
            tmp_path / "raw",
            [
                {
                    "segmentation": [[10, 10, 50, 10, 50, 50, 10, 50]],
                    "bbox": [10, 10, 40, 40],
                    "attributes": {"colour": "red", "old": None},
                },
                {"segmentation": [[20, 20, 30, 20, 30, 30, 20, 30]], "category_id": 2},
                {"bbox": [-0.4, 1, 5, 6], "segmentation": []},
                {"segmentation": crowd, "iscrowd": 1, "image_id": 1},
                {"segmentation": [[21, 21, 29, 21, 29, 29, 21, 29]], "image_id": 2},
                {"segmentation": [[21, 21, 29, 21, 29, 29, 21, 29]], "image_id": 2},
            ],
        )
    )
    out = prepare("mine", given, quiet, tmp_path / "out")
    regions = pq.read_table(out / "regions.parquet").to_pandas().set_index("region_id")
    boxes = regions[["x0_px", "y0_px", "x1_px", "y1_px"]]
    assert boxes.loc["00-1"].tolist() == [10, 10, 50, 50]
    assert regions.loc["00-1", "area_px"] == 1600 - 100  # the shoe, which is smaller, lies in front
    assert regions.loc["00-1", "attributes"] == [("colour", "red")]
    assert (regions.loc["00-2", "label"], regions.loc["00-2", "area_px"]) == ("shoe", 100)
    assert boxes.loc["00-3"].tolist() == pytest.approx([0, 1, 4.6, 7])
    assert regions.loc["00-3", ["mask", "mask_value", "area_px"]].isna().all()
    assert boxes.loc["01-1"].tolist() == [0, 0, 10, 64]
    assert regions.loc["01-1", "attributes"] == [("crowd", "true")]
    assert regions.loc["02-1", ["mask"]].isna().all()  # all of it is behind its copy
    assert boxes.loc["02-1"].tolist() == boxes.loc["02-2"].tolist() == [21, 21, 29, 29]
    assert set(np.unique(np.asarray(Image.open(out / "masks" / "00.png")))) == {0, 1, 2}
    failures = check(open_dataset("mine", out, "1"), given, tmp_path / "docs", quiet).failures
    assert [failure["check"] for failure in failures] == ["category is given"]  # photos with nothing on them


def test_all_faults_of_objects_are_named_at_once(tmp_path: Path) -> None:
    raw = instances(
        tmp_path / "raw",
        [
            {"segmentation": [[1, 1, 9, 9]]},
            {"bbox": [60, 60, 20, 2]},
            {"bbox": [5, 5, 0, 3]},
            {"category_id": 9, "bbox": [1, 1, 5, 5]},
            {"image_id": 77, "bbox": [1, 1, 5, 5]},
            {"segmentation": {"size": [64, 64], "counts": [5, 5]}},
            {"segmentation": {"size": [32, 64], "counts": "52203"}},
            {},
            {"bbox": [1, 1, 5, 5]},
        ],
    )
    content = json.loads((raw / "instances.json").read_text())
    content["images"][1] |= {"width": 640, "height": 64}
    content["images"][2]["file_name"] = "gone.jpg"
    (raw / "instances.json").write_text(json.dumps(content))
    given = params(raw)
    out = prepare("mine", given, quiet, tmp_path / "out")
    failures = check(open_dataset("mine", out, "1"), given, tmp_path / "docs", quiet).failures
    found = {
        (failure["check"], row["annotation"]): row["found"]
        for failure in failures
        for row in failure["rows"]
        if "annotation" in row
    }
    assert found == {
        ("shape has pixels", "annotation 0"): "has a polygon of 2 points",
        ("annotated box in picture", "annotation 1"): "has the box [60.0, 60.0, 20.0, 2.0] (x, y, width, height) in a "
        "photo of 64 x 64",
        ("shape has pixels", "annotation 2"): "has the box [5.0, 5.0, 0.0, 3.0] (x, y, width, height) without an area",
        ("annotated label is known", "annotation 3"): "has the category 9, which the file does not name",
        ("annotation has a photo", "annotation 4"): "no image 77",
        ("shape has pixels", "annotation 5"): "has run lengths of 10 pixels for 4096",
        ("annotation fits its photo", "annotation 6"): "has a mask of 64 x 32, not 64 x 64",
        ("shape has pixels", "annotation 7"): "has neither a box nor a mask",
        ("annotation fits its photo", "image 01.jpg"): "is for 640 x 64, the photo has 64 x 64",
        ("annotation has a photo", "image gone.jpg"): "no such photo",
        ("photo is annotated", ""): "no annotation",
    }
    assert pq.read_table(out / "regions.parquet").num_rows == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no JSON"),
        ('{"images": [], "categories": []}', "not in COCO's format: annotations: field required"),
        ('{"images": [{"id": 1}], "categories": [], "annotations": []}', "images.0.file_name: field required"),
    ],
)
def test_a_file_that_is_none_of_cocos_is_refused(tmp_path: Path, text: str, told: str) -> None:
    raw = instances(tmp_path / "raw", [])
    (raw / "instances.json").write_text(text)
    with pytest.raises(UserError, match=told):
        prepare("mine", params(raw), quiet, tmp_path / "out")


def test_categories_are_grouped_as_labels_are(tmp_path: Path) -> None:
    given = params(instances(tmp_path / "raw", [{"bbox": [1, 1, 5, 5]}]), groups={"wear": ["hat", "shoe"]})
    out = prepare("mine", given, quiet, tmp_path / "out")
    (row,) = pq.read_table(out / "regions.parquet").to_pylist()
    assert (row["label"], row["attributes"]) == ("wear", [("fine", "hat")])

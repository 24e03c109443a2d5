"""Photos with label maps: parts and their labels by hand, and each fault of an annotation named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import scipy.io
from PIL import Image
from pydantic import ValidationError

from data.dataset import open_dataset
from data.errors import UserError
from data.images.parts import connected_parts
from data.params import SegmentedPhotosParams, load
from data.prepare import prepare
from data.project import root
from data.sources.segmented_photos.annotated import write_mask
from data.validation import check
from tests.folders import picture, quiet
from tests.segmented import NAMES, label_map, labelled_photos


def params(folder: Path, **facts: Any) -> SegmentedPhotosParams:
    given = {"source": "segmented_photos", "licence": "own", "path": folder, "names": NAMES, "background": "nothing"}
    return SegmentedPhotosParams.model_validate(given | facts)


def prepared(tmp_path: Path, **facts: Any) -> tuple[Path, pd.DataFrame]:
    out = prepare("mine", params(tmp_path / "raw", **facts), quiet, tmp_path / "out")
    return out, pq.read_table(out / "regions.parquet").to_pandas()


def faults(tmp_path: Path, **facts: Any) -> list[tuple[str, str, str, str]]:
    """The check, severity, annotation and finding of each row of the suite `annotations` that fails."""
    given = params(tmp_path / "raw", **facts)
    out = prepare("mine", given, quiet, tmp_path / "out")
    report = check(open_dataset("mine", out, "1"), given, tmp_path / "docs", quiet)
    return [
        (failure["check"], failure["severity"], row["annotation"], row["found"])
        for failure in report.failures
        for row in failure["rows"]
        if "annotation" in row
    ]


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    return labelled_photos(tmp_path / "raw")


def test_parts_of_labels_become_regions(raw: Path, tmp_path: Path) -> None:
    out, regions = prepared(tmp_path, smallest_px=5)
    first = regions[regions["item_id"] == "00"].set_index("label")
    assert first.index.tolist() == ["hat", "cap", "shoe"]
    assert first[["x0_px", "y0_px", "x1_px", "y1_px"]].to_numpy().tolist() == [
        [10, 5, 47, 15],  # with its speck
        [30, 5, 40, 15],
        [20, 40, 32, 48],
    ]
    assert first["area_px"].tolist() == [204, 100, 96]
    assert first["mask"].unique().tolist() == ["masks/00.png"]
    mask = np.asarray(Image.open(out / "masks" / "00.png"))
    for label, row in first.iterrows():
        assert ((mask == row["mask_value"]) == (label_map() == NAMES.index(label))).all()
    assert (pq.read_table(out / "items.parquet").column("category").to_numpy() == "").all()


def test_groups_join_what_touches_and_keep_the_fine_labels(raw: Path, tmp_path: Path) -> None:
    groups = {"head": ["hat", "cap"], "foot": ["shoe"]}
    _, regions = prepared(tmp_path, groups=groups, smallest_px=5)
    first = regions[regions["item_id"] == "00"]
    assert first["label"].tolist() == ["head", "foot"]
    assert first["area_px"].tolist() == [304, 96]
    assert [dict(one) for one in first["attributes"]] == [{"fine": "hat|cap"}, {"fine": "shoe"}]


def test_a_speck_joins_the_nearest_part_and_the_largest_where_all_are_small() -> None:
    groups = np.full((40, 40), -1, np.int32)
    groups[0:10, 0:10] = groups[30:38, 30:40] = 0
    groups[25, 35] = 0  # nearer to the second
    groups[20, 0] = groups[22, 0:2] = 1
    found = connected_parts(groups, smallest_px=50)
    assert [(part.group, part.area_px) for part in found.parts] == [(0, 100), (0, 81), (1, 3)]
    assert found.parts[1].box == (30, 25, 40, 38)
    assert ((found.numbers_HW > 0) == (groups >= 0)).all()
    assert found.numbers_HW[25, 35] == found.numbers_HW[30, 30]
    assert [part.area_px for part in connected_parts(groups, smallest_px=1).parts] == [100, 1, 80, 1, 2]


def test_corners_connect_and_nothing_gives_nothing() -> None:
    groups = np.full((4, 4), -1, np.int32)
    assert connected_parts(groups, 1).parts == []
    groups[0, 0] = groups[1, 1] = 3
    (part,) = connected_parts(groups, 1).parts
    assert (part.group, part.area_px, part.box) == (3, 2, (0, 0, 2, 2))


def test_more_than_255_regions_have_a_mask_of_16_bits(tmp_path: Path) -> None:
    numbers = np.arange(300, dtype=np.uint16).reshape(10, 30)
    write_mask(numbers, tmp_path / "masks" / "many.png")
    write_mask(numbers % 200, tmp_path / "masks" / "few.png")
    assert (np.asarray(Image.open(tmp_path / "masks" / "many.png")) == numbers).all()
    assert np.asarray(Image.open(tmp_path / "masks" / "few.png")).dtype == np.uint8


def test_maps_may_be_matrices_and_names_files(raw: Path, tmp_path: Path) -> None:
    _, expected = prepared(tmp_path)
    for path in sorted((raw / "annotations").glob("*.png")):
        scipy.io.savemat(path.with_suffix(".mat"), {"groundtruth": np.asarray(Image.open(path)).astype(float)})
        path.unlink()
    (raw / "names.txt").write_text("\n".join(NAMES) + "\n")
    scipy.io.savemat(raw / "names.mat", {"label_list": np.array([*NAMES], object)})
    for names in ("names.txt", "names.mat"):
        assert prepared(tmp_path, names=names)[1].equals(expected)


def test_splits_are_seeded_shares_of_the_photos(tmp_path: Path) -> None:
    labelled_photos(tmp_path / "raw", 20)
    out, _ = prepared(tmp_path)
    assert pq.read_table(out / "items.parquet").to_pandas()["split"].value_counts().to_dict() == {
        "train": 16,
        "validation": 2,
        "test": 2,
    }


def test_sound_annotations_have_no_faults(raw: Path, tmp_path: Path) -> None:
    given = params(raw)
    out = prepare("mine", given, quiet, tmp_path / "out")
    assert check(open_dataset("mine", out, "1"), given, tmp_path / "docs", quiet).failures == []


def test_all_faults_of_maps_are_named_at_once(raw: Path, tmp_path: Path) -> None:
    maps = raw / "annotations"
    Image.new("L", (32, 64), 1).save(maps / "00.png")
    Image.fromarray(label_map() + np.uint8(2)).save(maps / "01.png")
    picture(1).save(maps / "02.png")
    (maps / "03.png").write_bytes(b"no picture")
    (maps / "04.png").unlink()
    scipy.io.savemat(maps / "04.mat", {"a": np.zeros((64, 64)), "b": np.zeros((64, 64))})
    (maps / "05.png").unlink()
    Image.fromarray(label_map()).save(maps / "99.png")
    (maps / "06.png").unlink()
    (maps / "06.mat").write_bytes(b"no matrix")
    found = faults(tmp_path)
    assert ("annotation fits its photo", "critical", "00.png", "is 32 x 64, the photo 64 x 64") in found
    assert ("annotated label is known", "critical", "01.png", "has the value 4, 5, and there are names for 0 to 3") in [
        *found
    ]
    assert ("annotation can be read", "critical", "02.png", "has colours (RGB) instead of label numbers") in found
    assert ("annotation can be read", "critical", "04.mat", "holds 2 matrices of numbers instead of one") in found
    assert ("photo is annotated", "warning", "", "no annotation") in found
    assert ("annotation has a photo", "critical", "99.png", "no such photo") in found
    unreadable = {annotation for name, _, annotation, _ in found if name == "annotation can be read"}
    assert unreadable == {"02.png", "03.png", "04.mat", "06.mat"}
    assert len(found) == 8
    items = pq.read_table(tmp_path / "out" / "items.parquet").to_pandas().set_index("item_id")
    assert items.index[items["split"] == "excluded"].tolist() == ["05"]


def test_a_photo_with_nothing_on_it_is_kept_and_shown_as_suspicious(raw: Path, tmp_path: Path) -> None:
    Image.new("L", (64, 64)).save(raw / "annotations" / "00.png")
    (raw / "annotations" / "05.png").unlink()
    given = params(raw)
    out = prepare("mine", given, quiet, tmp_path / "out")
    report = check(open_dataset("mine", out, "1"), given, tmp_path / "docs", quiet)
    (failure, missing) = report.failures
    assert (failure["check"], failure["severity"]) == ("category is given", "warning")
    assert [row["item_id"] for row in failure["rows"]] == ["00"]
    assert missing["check"] == "photo is annotated"
    assert [row["image"] for row in missing["rows"]] == ["images/05.jpg"]


def test_a_map_is_as_large_as_the_photo_after_its_rotation(raw: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(50).resize((40, 64)).save(raw / "photos" / "00.jpg", exif=exif)
    Image.new("L", (64, 40), 1).save(raw / "annotations" / "00.png")
    Image.new("L", (40, 64), 1).save(raw / "annotations" / "01.png")
    assert [one[2:] for one in faults(tmp_path)] == [("01.png", "is 40 x 64, the photo 64 x 64")]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"groups": {"head": ["hat"], "foot": ["shoe"]}}, "the labels cap of names are in no group"),
        ({"groups": {"head": ["hat", "cap", "wig"], "foot": ["shoe"]}}, "groups name wig, which names does not have"),
        ({"groups": {"all": ["nothing", "hat", "cap", "shoe"]}}, "groups name nothing"),
        ({"background": "sky"}, "the background 'sky' is none of the labels of names"),
        ({"names": ("hat", "hat", "nothing")}, "each label once, and gives hat"),
        ({"names": "gone.txt"}, "gone.txt is missing"),
        ({"photos": "pictures"}, "pictures is missing; correct `photos`"),
        ({"annotations": "maps"}, "maps is missing; correct `annotations`"),
    ],
)
def test_wrong_settings_are_named(raw: Path, tmp_path: Path, facts: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        prepared(tmp_path, **facts)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"names": None}, "label maps need names"),
        ({"annotations": "a.json"}, "background and names is of label maps"),
        ({"groups": {"a": ["hat"], "b": ["hat"]}}, "groups name hat more than once"),
        ({"path": None}, "either archive or path"),
    ],
)
def test_settings_without_effect_are_refused(tmp_path: Path, facts: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        params(tmp_path, **facts)


def test_the_groups_of_street_hold_every_label_but_the_background() -> None:
    street, fine = (load(root() / "params.yaml").datasets[name] for name in ("street", "street-59"))
    assert isinstance(street, SegmentedPhotosParams)
    assert isinstance(fine, SegmentedPhotosParams)
    assert street.archive == fine.archive
    assert street.splits == fine.splits
    assert street.groups is not None
    assert len(street.groups) == 9
    assert sum(map(len, street.groups.values())) == 58
    assert fine.groups is None


def test_photos_of_one_name_are_told_apart(raw: Path, tmp_path: Path) -> None:
    picture(77).save(raw / "photos" / "00.png")
    out, regions = prepared(tmp_path)
    assert {"00.jpg", "00.png", "01"} <= set(regions["item_id"])
    assert (out / "masks" / "00.png.png").is_file()
    assert json.loads((out / "dataset.json").read_text())["report"]["labels"] == {"cap": 13, "hat": 13, "shoe": 13}

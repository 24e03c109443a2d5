"""Folders of pictures as people have them: links, names of other systems, and what those systems leave behind."""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.dataset import CARD, open_dataset
from data.errors import UserError
from data.origin import content_of
from data.params import ImageFolderParams, Params
from data.prepare import prepare
from data.tables.items import TABLE as ITEMS
from data.validation import check
from tests.folders import class_folders, quiet


def pictures(path: Path) -> ImageFolderParams:
    return ImageFolderParams(source="image_folder", licence="own", path=path)


def table(folder: Path) -> pd.DataFrame:
    return pq.read_table(folder / ITEMS.file).to_pandas().set_index("item_id")


def report(folder: Path) -> Any:
    return json.loads((folder / CARD).read_text())["report"]


def test_metadata_is_matched_as_people_and_their_systems_write_names(tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw", ("hat",), 4)
    elsewhere = class_folders(tmp_path / "elsewhere", ("shoe",), 3)
    (raw / "shoe").symlink_to(elsewhere / "shoe")
    (raw / "hat" / "00.jpg").rename(raw / "hat" / "caf\u00e9.jpg")
    (elsewhere / "shoe" / "metadata.csv").write_text("file_name,colour\n01.jpg,green\n")
    (raw / "metadata.csv").write_text(
        f"file_name,colour\nhat/cafe\u0301.jpg,red\nhat\\01.jpg,blue\n{raw / 'hat' / '02.jpg'},grey\n", encoding="utf-8"
    )
    params = pictures(raw)
    before = content_of(params)
    folder = prepare("mine", params, quiet, tmp_path / "out")
    colours = {name: dict(pairs).get("colour") for name, pairs in table(folder)["attributes"].items()}
    assert colours == {
        "hat/caf\u00e9": "red",
        "hat/01": "blue",
        "hat/02": "grey",
        "hat/03": None,
        "shoe/00": None,
        "shoe/01": "green",
        "shoe/02": None,
    }
    assert report(folder)["metadata_without_file"] == []
    (raw / "hat" / "metadata.csv").write_text("file_name,colour\n/home/ann/hat/03.jpg,red\n")
    found = check(open_dataset("mine", prepare("mine", params, quiet, folder), "1"), params, tmp_path / "docs", quiet)
    (failure,) = [one for one in found.failures if one["check"] == "metadata has a picture"]
    assert (failure["severity"], failure["count"]) == ("warning", 1)
    assert failure["rows"][0]["file_name"] == "/home/ann/hat/03.jpg"
    (elsewhere / "shoe" / "02.jpg").unlink()
    assert content_of(params) != before  # what lies behind a link is watched too


def test_no_row_of_metadata_is_lost_to_another(tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw", ("hat",), 3)
    (raw / "metadata.csv").write_text('file_name,title,colour\nhat/00.jpg,"Two\nlines, of a title",red\n')
    (raw / "hat" / "metadata.csv").write_text("file_name,colour,size\n00.jpg,red,7\n")
    items = table(prepare("mine", pictures(raw), quiet, tmp_path / "out"))
    assert items.loc["hat/00", "title"] == "Two\nlines, of a title"
    assert dict(items.loc["hat/00", "attributes"]) == {"colour": "red", "size": "7"}
    for rows, said in (
        ('hat/00.jpg,"5 inch\nhat/01.jpg,a\nhat/02.jpg,b"\n', "line 2: the value of title takes in the rows below"),
        ("hat/00.jpg,a\nhat/01.jpg,b\nhat\\00.jpg,c\n", "line 4: another row says something else of hat"),
    ):
        (raw / "metadata.csv").write_text(f"file_name,title\n{rows}")
        with pytest.raises(UserError, match=said):
            prepare("mine", pictures(raw), quiet, tmp_path / "out")


def test_classes_may_be_called_as_splits_are(tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw", ("train", "bus", "test"), 4)
    folder = prepare("mine", pictures(raw), quiet, tmp_path / "out")
    assert table(folder)["category"].value_counts().to_dict() == {"bus": 4, "test": 4, "train": 4}
    (raw / "val" / "hat").mkdir(parents=True)
    with pytest.raises(UserError, match=r"raw/test holds pictures while val beside it holds folders; put"):
        prepare("mine", pictures(raw), quiet, tmp_path / "out")


def test_names_that_are_not_utf_8_and_what_systems_leave_behind(tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw", ("hat",), 4)
    odd = Path(os.fsdecode(os.fsencode(raw / "hat") + b"/caf\xe9.txt"))
    odd.write_text("a note")
    for path in ("@eaDir/hat/00.jpg", "__MACOSX/hat/._00.jpg", "hat/Thumbs.db", "hat/@eaDir/00.jpg"):
        (raw / path).parent.mkdir(parents=True, exist_ok=True)
        (raw / path).write_bytes(b"left behind")
    params = pictures(raw)
    assert content_of(params)
    folder = prepare("mine", params, quiet, tmp_path / "out")
    assert len(table(folder)) == 4
    assert report(folder)["ignored"] == {"hat/caf\\xe9.txt": "not named as a JPEG, PNG or WebP file"}
    odd.rename(odd.with_suffix(".jpg"))
    with pytest.raises(UserError, match=r"the file name hat/caf\\xe9.jpg in .*raw is not UTF-8; rename it"):
        prepare("mine", params, quiet, tmp_path / "out")


@pytest.mark.parametrize("name", ["shop.v2", "my photos", "a;touch f", "", "../up", "-x", 2024, "x" * 65])
def test_a_name_that_no_folder_and_no_command_can_have_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match="a data set cannot be called"):
        Params.model_validate({"datasets": {name: pictures(Path("x")).model_dump()}})
    Params.model_validate({"datasets": {"my-photos_2": pictures(Path("x")).model_dump()}})

"""The card of a data set in Croissant: every column with its meaning, and the hash of every file."""

from pathlib import Path

from data.croissant import croissant
from data.files import sha256_file
from data.params import TablesParams
from tests.pictures import small_dataset


def test_a_card_describes_every_table(tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path)
    card = croissant(dataset, TablesParams(source="tables", licence="CC0-1.0", path=tmp_path))
    assert card["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert card["license"] == dataset.licence
    assert {one["name"] for one in card["recordSet"]} == set(dataset.tables)
    for file in card["distribution"]:
        assert file["sha256"] == sha256_file(dataset.path / file["contentUrl"])
    (users,) = [one for one in card["recordSet"] if one["name"] == "users"]
    kinds = {field["name"]: field["dataType"] for field in users["field"]}
    assert (kinds["user_id"], kinds["events"]) == ("sc:Text", "sc:Integer")
    assert all(field["description"] for one in card["recordSet"] for field in one["field"])
    assert "items: test 12, train 48, validation 12" in card["description"]
    assert card["rai:dataCollection"] == "made by the simulator of this project"
    assert "simulated" in card["rai:dataLimitations"]

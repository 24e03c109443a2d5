"""What two released versions differ in, from the registry alone."""

import json

import pytest

from components.lifecycle.difference import difference
from corkboard.main import main
from data.errors import UserError


def test_settings_and_figures_in_pairs(two):
    found = difference("centroid", 1, 2)
    assert found.settings == {"spoiled": (0.8, 0.0)}
    assert (found.data, found.code, found.libraries, found.inputs, found.changed_files) == ({}, {}, {}, {}, ())
    moved = {each.name: each for each in found.figures}["accuracy"]
    change, low, high = moved.change
    assert change == pytest.approx(moved.second - moved.first)
    assert 0 < low < change < high
    assert moved.examples == 200
    assert {each.name for each in found.slices} == {"category=a", "category=b"}
    assert sum(each.change[0] * each.examples for each in found.slices) / 200 == pytest.approx(change)
    back = {each.name: each for each in difference("centroid", 2, 1).figures}["accuracy"].change
    assert back == pytest.approx((-change, -high, -low))


def test_other_data_is_named_and_nothing_is_paired(project):
    for seed, dataset in enumerate(("dots-made-up", "dots")):
        assert project.run(project.plan(dataset, seed=seed)).status == "released"
    found = difference("centroid", 1, 2)
    assert found.data["data set"] == ("dots-made-up", "dots")
    assert {each.change for each in found.figures} == {None}
    assert found.notes == ("the two were measured on different data sets, so their figures are not comparable",)
    for path in project.home.rglob("evaluation/examples.parquet"):
        path.unlink()
    with pytest.raises(UserError, match="version 1 no longer holds its evaluation"):
        difference("centroid", 1, 2)


def test_as_people_and_scripts_read_it(two, capfd):
    def told(*options: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["diff", "centroid", "1", "2", *options])
        assert ended.value.code == 0
        return capfd.readouterr().out

    assert json.loads(told("--json"))["settings"] == {"spoiled": [0.8, 0.0]}
    text = told()
    assert "spoiled" in text
    assert "category=a" in text
    with pytest.raises(UserError, match="centroid has no version 7; there are: 2, 1"):
        difference("centroid", 1, 7)

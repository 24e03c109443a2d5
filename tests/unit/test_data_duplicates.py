"""Copies are found whatever was done to them; pictures that only resemble each other are kept apart."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageEnhance

from data.duplicates import Duplicates, find_duplicates
from data.params import Splits
from data.probe import Probe, probe
from data.splits import assign_splits, exclude_leaks
from tests.folders import picture

SHARES = Splits(train=0.8, validation=0.1, test=0.1, seed=0)


def _probed(folder: Path, *images: Image.Image) -> list[Probe]:
    paths = [folder / f"{number}.png" for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        image.save(path)
    return [probe(path) for path in paths]


def test_edited_copies_are_near_duplicates(tmp_path: Path) -> None:
    original = picture(1, 256)
    original.save(tmp_path / "low.jpg", quality=30)
    copies = [
        original,
        original.resize((120, 120)),
        ImageEnhance.Brightness(original).enhance(0.85),
        original.crop((2, 2, 254, 254)),
        Image.open(tmp_path / "low.jpg"),
        picture(2, 256),
    ]
    found = find_duplicates(_probed(tmp_path, *copies))
    assert len(set(found.groups[:5].tolist())) == 1
    assert found.groups[5] != found.groups[0]
    assert len(found.exact) == 0


def test_equal_hash_but_other_colours_is_no_duplicate(tmp_path: Path) -> None:
    red = picture(3)
    swapped = Image.merge("RGB", red.split()[::-1])
    one, other = _probed(tmp_path, red, swapped)
    alike = Probe(other.size_bytes, other.sha256, 64, 64, one.phash, other.thumb)
    assert len(find_duplicates([one, alike]).near) == 0
    assert len(find_duplicates([one, Probe(9, "9", 64, 64, one.phash, one.thumb)]).near) == 1


def test_flat_pictures_of_other_shades_are_no_duplicates(tmp_path: Path) -> None:
    shades = [Image.new("RGB", (64, 64), (shade, shade, shade)) for shade in (0, 128, 255)]
    found = find_duplicates(_probed(tmp_path, *shades, shades[0]))
    assert found.near.tolist() == []
    assert found.exact.tolist() == [[0, 3]]


def test_exact_duplicates_need_no_picture() -> None:
    broken = [Probe(3, "abc", problem="does not decode"), Probe(3, "abc", problem="does not decode")]
    missing = [Probe(0, "", problem="is missing"), Probe(0, "", problem="is missing")]
    found = find_duplicates([*broken, *missing])
    assert found.exact.tolist() == [[0, 1]]
    assert len(set(found.groups.tolist())) == 3


def test_blocks_do_not_lose_pairs() -> None:
    generator = np.random.default_rng(0)
    probes = [
        Probe(1, str(k), 8, 8, f"{int(generator.integers(2**63)):016x}", generator.bytes(768)) for k in range(2500)
    ]
    probes[2400] = Probe(1, "copy", 8, 8, probes[3].phash, probes[3].thumb)
    assert find_duplicates(probes).near.tolist() == [[3, 2400]]


def test_thousands_of_copies_cost_no_more_than_as_many_others() -> None:
    """A placeholder that a shop shows for everything: once byte for byte, once saved again and again."""
    generator = np.random.default_rng(4)
    thumb = generator.integers(40, 216, 768)
    saved = [(thumb + generator.integers(-2, 3, 768)).astype(np.uint8).tobytes() for _ in range(3000)]
    copies = [Probe(1, "copy", 8, 8, "00ff00ff00ff00ff", bytes(768)) for _ in range(3000)]
    near = [Probe(1, f"{k}", 8, 8, f"{0xFF00 ^ 1 << k % 5:016x}", thumb) for k, thumb in enumerate(saved)]
    near.append(Probe(1, "other", 8, 8, "000000000000ff00", generator.bytes(768)))
    started = time.process_time()
    found = find_duplicates([*copies, *near])
    assert time.process_time() - started < 10
    assert [len(set(part.tolist())) for part in (found.groups[:3000], found.groups[3000:6000])] == [1, 1]
    assert len(set(found.groups.tolist())) == 3
    assert (len(found.exact), len(found.near)) == (2999, 2999)


def _items(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item_id", "category", "split"])


def test_splits_are_stratified_seeded_and_independent_of_order() -> None:
    items = _items([(f"{label}/{k:03d}", label, "") for label in "ab" for k in range(100)])
    groups = np.arange(200)
    splits = assign_splits(items, groups, SHARES)
    counts = pd.crosstab(items["category"], splits)
    assert counts.loc["a"].to_dict() == {"test": 10, "train": 80, "validation": 10}
    assert counts.loc["b"].to_dict() == {"test": 10, "train": 80, "validation": 10}
    order = np.random.default_rng(1).permutation(200)
    shuffled = assign_splits(items.iloc[order].reset_index(drop=True), groups[order], SHARES)
    assert dict(zip(items["item_id"], splits, strict=True)) == dict(
        zip(items["item_id"].iloc[order], shuffled, strict=True)
    )
    other = Splits(train=0.8, validation=0.1, test=0.1, seed=1)
    assert (assign_splits(items, groups, other) != splits).any()


def test_a_small_category_has_some_in_every_split() -> None:
    items = _items([(f"a/{k}", "a", "") for k in range(3)])
    assert sorted(assign_splits(items, np.arange(3), SHARES)) == ["test", "train", "validation"]


def test_a_group_of_duplicates_gets_one_split() -> None:
    items = _items([(f"a/{k}", "a", "") for k in range(40)])
    groups = np.arange(40) // 2
    splits = assign_splits(items, groups, SHARES)
    assert splits.groupby(groups).nunique().max() == 1
    assert set(splits) == {"train", "validation", "test"}


def test_given_splits_are_left_alone() -> None:
    items = _items([("a/1", "a", "test"), ("a/2", "a", "")])
    assert assign_splits(items, np.arange(2), SHARES).iloc[0] == "test"


def test_the_most_held_out_copy_stays() -> None:
    items = _items([("1", "a", "train"), ("2", "a", "test"), ("3", "a", "validation"), ("4", "a", "train")])
    pairs = np.array([[0, 1], [1, 2]])
    duplicates = Duplicates(np.array([0, 0, 0, 1]), pairs[:1], pairs[1:])
    splits, excluded = exclude_leaks(items, duplicates)
    assert splits.tolist() == ["excluded", "test", "excluded", "train"]
    assert [(leak["item_id"], leak["same_as"], leak["kind"]) for leak in excluded] == [
        ("1", "2", "exact"),
        ("3", "2", "near"),
    ]

"""Masks move along with their pictures, and pictures are decoded once."""

from pathlib import Path

import numpy as np
import pytest

from components.systems.scene_parsing.augment import AugmentedPhotos, PlainPhotos, drawn_move, moved
from components.systems.scene_parsing.config import PictureConfig
from components.systems.scene_parsing.photos import Photos, decoded_photos
from components.systems.scene_parsing.truths import UNKNOWN, attributes_of, labels_of, truths_of
from data.errors import UserError
from tests.pictures import CATEGORIES, small_dataset

CONFIG = PictureConfig(side_px=96, serve_px=96, crop_px=(64, 96), scales=(0.6, 1.6), turn_degrees=30, strength=0.5)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Photos:
    folder = tmp_path_factory.mktemp("photos")
    dataset = small_dataset(folder / "data")
    truths = truths_of(dataset, "train", labels_of(dataset))
    return decoded_photos(truths, CONFIG.side_px, folder / "cache", "1", lambda *_: None)


@pytest.mark.parametrize("seed", range(8))
def test_a_mask_moves_as_its_picture_does(seed: int) -> None:
    """The picture is the mask itself in grey: wherever they are moved, they still match."""
    generator = np.random.default_rng(seed)
    place_HW = np.kron(generator.integers(0, 3, (6, 5)), np.ones((20, 20))).astype(np.int16)
    pixels_HW3 = np.repeat((place_HW * 60 + 20)[..., None], 3, axis=2).astype(np.uint8)
    pixels, places = moved(pixels_HW3, place_HW, drawn_move(place_HW.shape, CONFIG, generator), CONFIG.crop_px)
    assert pixels.shape == (64, 96, 3)
    known = places != UNKNOWN
    assert known.mean() > 0.3
    off = np.abs(pixels[..., 0][known].astype(int) - (places[known] * 60 + 20))
    assert np.quantile(off, 0.8) <= 2  # the rest lies on edges, where colours are mixed


def test_moves_mirror_turn_and_scale() -> None:
    generator = np.random.default_rng(0)
    linear = np.stack([drawn_move((120, 90), CONFIG, generator)[:, :2] for _ in range(400)])
    area = np.abs(np.linalg.det(linear))
    assert 0.4 < (np.linalg.det(linear) < 0).mean() < 0.6
    assert area.min() >= 1 / 1.6**2 - 1e-6
    assert area.max() <= 1 / 0.6**2 + 1e-6
    still = CONFIG.model_copy(update={"turn_degrees": 0.0})
    assert not np.stack([drawn_move((120, 90), still, generator)[:, :2] for _ in range(9)])[:, 0, 1].any()


def test_what_lies_beyond_a_picture_is_unknown() -> None:
    far = np.array([[1.0, 0.0, 50.0], [0.0, 1.0, 0.0]])
    _, places = moved(np.zeros((64, 96, 3), np.uint8), np.zeros((64, 96), np.int16), far, (64, 96))
    assert (places[:, 60:] == UNKNOWN).all()
    assert (places[:, :40] == 0).all()


def test_a_batch_depends_on_its_places_alone(photos: Photos) -> None:
    attributes = attributes_of(photos.truths, ("background", *CATEGORIES), ("colour",))
    augmented = AugmentedPhotos(photos, attributes, CONFIG, seed=3)
    first, again = (augmented.__getitems__([(2, 5), (2, 0), (2, 11)]) for _ in range(2))
    other = augmented.__getitems__([(3, 5), (2, 0), (2, 11)])
    assert all(bool((one == two).all()) for one, two in zip(first, again, strict=True))
    assert bool((first.pixels_N3HW[1:] == other.pixels_N3HW[1:]).all())
    assert bool((first.pixels_N3HW[0] != other.pixels_N3HW[0]).any())
    assert first.pixels_N3HW.shape == (3, 3, 64, 96)
    assert first.label_NHW.shape == (3, 64, 96)
    assert first.centre_N3hw.shape == (3, 3, 16, 24)
    assert first.value_NAhw.shape == (3, 1, 16, 24)
    inside = first.label_NHW[:, 2::4, 2::4] > 0
    assert bool((first.value_NAhw[:, 0][inside] >= 0).all())  # every shape has a colour
    assert bool((first.value_NAhw[:, 0][~inside] == UNKNOWN).all())


def test_pictures_of_validation_are_whole_and_padded(photos: Photos) -> None:
    attributes = attributes_of(photos.truths, ("background", *CATEGORIES), ())
    batch = PlainPhotos(photos, attributes).__getitems__([0, 1])
    assert batch.pixels_N3HW.shape == (2, 3, 128, 96)  # 84 x 108 px, to multiples of 32
    assert bool((batch.label_NHW[:, 108:] == UNKNOWN).all())
    assert batch.value_NAhw.shape == (2, 0, 32, 24)


def test_a_photo_keeps_its_aspect_and_its_regions(photos: Photos) -> None:
    pixels_HW3, place_HW = photos.photo(7)
    assert pixels_HW3.shape[:2] == place_HW.shape == (108, 84)
    assert set(np.unique(place_HW)) == {0, 1}


def test_photos_are_decoded_once(photos: Photos, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    for _ in range(2):
        decoded_photos(photos.truths[:5], 96, tmp_path, "1", lambda *what: told.append(what))
    assert told == [(5, 5)]
    decoded_photos(photos.truths[:5], 96, tmp_path, "2", lambda *what: told.append(what))
    assert len(told) == 2


def test_attributes_that_nothing_has_are_refused(photos: Photos) -> None:
    with pytest.raises(UserError, match="no value of pattern"):
        attributes_of(photos.truths, ("background", *CATEGORIES), ("colour", "pattern"))


def test_crops_that_the_network_cannot_see_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 32"):
        PictureConfig(side_px=96, serve_px=96, crop_px=(60, 96))

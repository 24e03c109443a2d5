"""Augmentation: what is drawn, where the pixels go, and batches that depend on seed and places alone."""

import numpy as np
import pytest
import torch

from components.learning.augment import AugmentedPictures
from components.learning.augment.colour import recoloured
from components.learning.augment.draws import CHANGES, GEOMETRIC, draw
from components.learning.augment.geometry import cropped, warped
from components.learning.augment.pictures import augmented

WHOLE = np.array([0.0, 0.0, 1.0, 1.0])
SIDE = 32


def _smooth(count=1, seed=0):
    """Pictures that change slowly, so that half a pixel hardly shows."""
    generator = np.random.default_rng(seed)
    phase = generator.uniform(0, 6, (count, 1, 1, 3))
    rows, columns = np.mgrid[0:SIDE, 0:SIDE][:, None, :, :, None] / SIDE
    return np.uint8(127 + 60 * np.sin(3 * rows + phase) + 60 * np.sin(4 * columns + 2 * phase))


def _pictures(seed=0, sides=(24,), epochs=1):
    return AugmentedPictures(_smooth(40), np.arange(40), sides, epochs, 0.35, seed)


def _batch(pictures, epoch=0, rows=range(40)):
    return pictures.__getitems__([(epoch, row) for row in rows])


def test_the_whole_picture_at_its_own_side_is_the_picture():
    picture = _smooth()[0]
    assert np.array_equal(cropped(picture, WHOLE, False, SIDE), picture)
    assert np.array_equal(cropped(picture, WHOLE, True, SIDE), picture[:, ::-1])


@pytest.mark.parametrize("change", GEOMETRIC)
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_change_of_no_strength_is_the_crop(change, mirrored):
    picture = _smooth()[0]
    crop = np.array([0.125, 0.25, 0.5, 0.75])
    off = np.abs(cropped(picture, crop, mirrored, 24) - warped(picture, crop, mirrored, change, 0.0, 24).astype(int))
    assert off.max() <= 2


@pytest.mark.parametrize(
    "change", [change for change in CHANGES if change not in (*GEOMETRIC, "autocontrast", "equalize")]
)
def test_a_colour_of_no_strength_is_the_same_colour(change):
    picture = _smooth()[0]
    assert np.abs(recoloured(picture, change, 0.0).astype(int) - picture).max() <= 1


def test_a_quarter_turn_turns_and_a_shift_shifts():
    picture = _smooth()[0]
    turned = warped(picture, WHOLE, False, "rotate", 90 / 135, SIDE).astype(int)
    assert np.abs(turned - np.rot90(picture)).max() <= 1  # counter-clockwise
    shifted = warped(picture, WHOLE, False, "translate_x", 8 / SIDE / 0.3, SIDE).astype(int)
    assert np.abs(shifted[:, 8:] - picture[:, :-8]).max() <= 1
    assert not shifted[:, :8].any()


def test_boxes_stay_inside_and_keep_their_areas():
    drawn = draw(20_000, 0.35, 0.8, 0.25, np.random.default_rng(0))
    left, top, width, height = drawn.crop_N4.T
    assert min(left.min(), top.min()) >= 0
    assert max((left + width).max(), (top + height).max()) <= 1 + 1e-12
    assert 0.35 <= (width * height).min() < 0.36
    assert (width / height).min() >= 3 / 4 - 1e-9
    assert (width / height).max() <= 4 / 3 + 1e-9
    left, top, width, height = drawn.erased_N4[drawn.erased_N4[:, 2] > 0].T
    assert 0.24 < len(left) / 20_000 < 0.26
    assert 0.02 <= (width * height).min() < 0.021
    assert 0.32 < (width * height).max() <= 0.33
    assert max((left + width).max(), (top + height).max()) <= 1 + 1e-12


def test_what_is_erased_is_black_and_the_rest_is_not():
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    drawn = draw(200, 1.0, 1.0, 0.5, np.random.default_rng(0))
    drawn.change_N[:] = CHANGES.index("identity")
    for place, (_, _, width, height) in enumerate(drawn.erased_N4):
        black = (augmented(white, drawn, place, 100)[:, :, 0] == 0).mean()
        assert black == pytest.approx(width * height, abs=0.02)


def test_mirrors_and_changes_are_as_frequent_as_meant():
    drawn = draw(20_000, 0.35, 0.8, 0.25, np.random.default_rng(0))
    assert 0.48 < drawn.mirrored_N.mean() < 0.52
    assert -0.8 <= drawn.strength_N.min() < -0.79
    assert 0.79 < drawn.strength_N.max() <= 0.8
    share = np.bincount(drawn.change_N, minlength=len(CHANGES)) / 20_000
    assert np.allclose(share, 1 / len(CHANGES), atol=0.01)


def test_a_batch_depends_on_seed_epoch_and_rows_alone():
    one, two = _pictures(), _pictures()
    first, labels = _batch(one)
    _batch(two, epoch=3)  # what was drawn before makes no difference
    again, _ = _batch(two)
    assert torch.equal(first, again)
    assert torch.equal(labels, torch.arange(40))
    assert first.shape == (40, 3, 24, 24)
    assert first.dtype == torch.uint8
    assert first.is_contiguous(memory_format=torch.channels_last)
    for other in (_batch(one, epoch=1), _batch(_pictures(seed=1)), _batch(one, rows=[*range(1, 40), 0])):
        assert not torch.equal(first, other[0])


def test_a_batch_does_not_depend_on_the_number_of_threads():
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one, _ = _batch(_pictures())
        torch.set_num_threads(3)
        three, _ = _batch(_pictures())
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(one, three)


def test_the_side_grows_over_the_epochs():
    pictures = _pictures(sides=(16, 24), epochs=5)
    assert [_batch(pictures, epoch)[0].shape[-1] for epoch in range(5)] == [16, 16, 16, 24, 24]


def test_the_decoded_pictures_stay_as_they_are():
    pictures = _pictures(sides=(SIDE,))
    before = pictures.pixels_NSS3.copy()
    for epoch in range(5):
        _batch(pictures, epoch)
    assert np.array_equal(before, pictures.pixels_NSS3)

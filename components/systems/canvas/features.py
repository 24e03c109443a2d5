"""Features that took no part in training.

Legend: N pictures, S side in pixels, F features.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.config import EncoderConfig
from components.learning.encoder import Normalisation, make_encoder
from components.learning.features import cached_features
from components.session import open_session
from components.systems.canvas.config import SecondEncoderConfig
from data.errors import UserError
from data.files import sha256_file
from data.project import home

__all__ = ["FeatureEncoder", "fit_classifier", "hog_features", "second_encoder"]

SIDE_PX = 224  # of the encoder's input
BATCH = 16


class Enlarged(nn.Module):
    """Squares of any side, upsampled to what the encoder reads."""

    def forward(self, pixels_N3SS: Tensor) -> Tensor:
        return F.interpolate(pixels_N3SS.float(), (SIDE_PX, SIDE_PX), mode="bilinear", antialias=True)


class FeatureEncoder:
    """Features float32 (N, F) of pictures uint8 (N, S, S, 3)."""

    def __init__(self, config: EncoderConfig) -> None:
        encoder = make_encoder(config, num_classes=0)
        self.encode = nn.Sequential(Enlarged(), Normalisation(encoder), encoder).eval()

    def cached(self, pixels_NSS3: np.memmap, progress: Callable[[int, int], None]) -> np.ndarray:
        """Of decoded pictures, cached on disk."""
        return cached_features(self.encode, pixels_NSS3, home() / "cache" / "features", progress)

    @torch.inference_mode()
    def features(self, pixels_NSS3: np.ndarray) -> np.ndarray:
        """Of pictures in memory."""
        starts = range(0, len(pixels_NSS3), BATCH)
        pictures = [torch.tensor(pixels_NSS3[start : start + BATCH]).permute(0, 3, 1, 2) for start in starts]
        return torch.cat([self.encode(one) for one in pictures]).numpy()


def fit_classifier(features_NF: np.ndarray, labels: list[str]) -> Pipeline:
    """A linear classifier of features."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=200))
    return model.fit(features_NF, labels)


def hog_features(pixels_NSS3: np.ndarray) -> np.ndarray:
    """Untrained features: histograms of oriented gradients and mean colours in 8 x 8 cells (N, F).

    Source: Dalal and Triggs 2005, with 8 signed directions. Scaled to unit length times the root of their number, as
    the kernel's constant expects.
    """
    cell = pixels_NSS3.shape[1] // 8
    features = []
    for pixels_SS3 in pixels_NSS3:
        grey_SS = cv2.cvtColor(pixels_SS3, cv2.COLOR_RGB2GRAY).astype(np.float32)
        strength_SS, angle_SS = cv2.cartToPolar(
            cv2.Sobel(grey_SS, cv2.CV_32F, 1, 0), cv2.Sobel(grey_SS, cv2.CV_32F, 0, 1)
        )
        direction_SS = (angle_SS / (2 * np.pi) * 8).astype(int) % 8
        edges_8SS = np.stack([np.where(direction_SS == one, strength_SS, 0) for one in range(8)])
        all_11SS = np.concatenate([np.sqrt(edges_8SS), pixels_SS3.transpose(2, 0, 1).astype(np.float32) / 16])
        features.append(all_11SS.reshape(11, 8, cell, 8, cell).mean(axis=(2, 4)).ravel())
    features_NF = np.stack(features)
    return _unit(features_NF) * features_NF.shape[1] ** 0.5


def second_encoder(config: SecondEncoderConfig) -> Callable[[np.ndarray], np.ndarray]:
    """A function from pictures to features (N, F) of the network in a file, scaled as those of `hog_features`.

    Raises:
        UserError: the file is missing, or its hash is not the configured one.
    """
    path = Path(config.path)
    if not path.is_file():
        raise UserError(f"evaluation.second_encoder.path: {path} is missing; name the embed.onnx of a bundle")
    if sha256_file(path) != config.sha256:
        raise UserError(
            f"evaluation.second_encoder.path: {path} has another sha256 than evaluation.second_encoder.sha256 says"
        )
    session = open_session(path, 1)
    of = session.get_inputs()[0]

    def features(pixels_NSS3: np.ndarray) -> np.ndarray:
        rows = [_resized(pixels_SS3, of.shape[1]) for pixels_SS3 in pixels_NSS3]
        vectors_NF = np.concatenate([session.run(None, {of.name: pixels_SS3[None]})[0] for pixels_SS3 in rows])
        return _unit(vectors_NF) * vectors_NF.shape[1] ** 0.5

    return features


def _resized(pixels_SS3: np.ndarray, side: int) -> np.ndarray:
    return cv2.resize(pixels_SS3, (side, side), interpolation=cv2.INTER_AREA)


def _unit(features_NF: np.ndarray) -> np.ndarray:
    return np.asarray(features_NF / np.linalg.norm(features_NF, axis=1, keepdims=True))

"""Features that took no part in training, and what is measured in them.

Legend: N pictures, M others, S side in pixels, F features.
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

__all__ = [
    "FeatureEncoder",
    "copying",
    "coverage",
    "density",
    "fit_classifier",
    "hog_features",
    "nearest",
    "second_encoder",
]

SIDE_PX = 224  # of the encoder's input
NEIGHBOURS = 5
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


def nearest(features_NF: np.ndarray, others_MF: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cosine distance (N,) to the nearest of the others, and its row."""
    cosine_NM = _unit(features_NF) @ _unit(others_MF).T
    row_N = cosine_NM.argmax(axis=1)
    return 1 - cosine_NM[np.arange(len(row_N)), row_N], row_N


def copying(distance_N: np.ndarray, real_N: np.ndarray, cell_N: np.ndarray) -> np.ndarray:
    """For each made picture the share of real ones of its cell that are farther from training; float (N,), 0 to 1.

    The mean is .5 where made pictures are as near to the training pictures as new real ones are, and above where they
    are copies. Source: Meehan et al. 2020 (arXiv 2004.05675), whose C_T is this mean as a z-score.
    """
    farther_NN = (distance_N[:, None] < real_N) + 0.5 * (distance_N[:, None] == real_N)
    same_NN = cell_N[:, None] == cell_N
    return np.asarray((farther_NN * same_NN).sum(axis=1) / same_NN.sum(axis=1))


def coverage(real_NF: np.ndarray, made_MF: np.ndarray) -> np.ndarray:
    """1 for each real picture with a made one nearer than its fifth real neighbour, else 0; float (N,).

    Source: Naeem et al. 2020 (arXiv 2002.09797), equation 6, in Euclidean distance.
    """
    among_NN, across_NM = _distances(real_NF, real_NF), _distances(real_NF, made_MF)
    rank = min(NEIGHBOURS, len(real_NF) - 1)
    radius_N = np.partition(among_NN, rank, axis=1)[:, rank]  # the nearest is the picture itself
    return (across_NM.min(axis=1) <= radius_N).astype(np.float64)


def density(real_NF: np.ndarray, made_MF: np.ndarray) -> np.ndarray:
    """How many real pictures have each made one nearer than their fifth real neighbour, over five; float (M,).

    Source: Naeem et al. 2020 (arXiv 2002.09797), equation 5, in Euclidean distance.
    """
    rank = min(NEIGHBOURS, len(real_NF) - 1)
    radius_N = np.partition(_distances(real_NF, real_NF), rank, axis=1)[:, rank]
    return np.asarray((_distances(real_NF, made_MF) <= radius_N[:, None]).sum(axis=0) / rank, np.float64)


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


def _distances(x_NF: np.ndarray, y_MF: np.ndarray) -> np.ndarray:
    squared_NM = (x_NF**2).sum(axis=1)[:, None] + (y_MF**2).sum(axis=1) - 2 * x_NF @ y_MF.T
    return np.asarray(np.sqrt(np.maximum(squared_NM, 0)))


def _unit(features_NF: np.ndarray) -> np.ndarray:
    return np.asarray(features_NF / np.linalg.norm(features_NF, axis=1, keepdims=True))

"""One space of texts and pictures: an encoder of pictures that stays as it is, and a head on each side.

Legend: N pairs, M means of token vectors, F features, D dimensions, S side in pixels.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.finding.networks import DESCRIPTION, PICTURES, TEXTS
from components.learning.export import write_onnx
from components.learning.features import cached_features
from components.learning.heads import Features, Head
from components.learning.pictures import decoded_pictures
from components.reading.fit import Labels, attribute_loss
from components.system import Progress
from components.systems.search_relevance.config import LooksConfig
from components.text.encoder import StaticEncoder
from data.files import write_json
from data.project import home

__all__ = ["fit_looks"]

DROPPED, TOKENS_DROPPED = 0.3, 0.15
WEIGHT_DECAY = 0.05
HALF, VALUES_DECAY = 0.5, 0.5  # of the values, of which there are few examples each


class PictureSide(nn.Module):
    """The exported network of pictures: `pixels_NHWC` uint8 to unit vectors, and logits of what they show."""

    def __init__(self, features: Features, head: Head, values: Head) -> None:
        super().__init__()
        self.features, self.head, self.values = features, head, values

    def forward(self, pixels_NHWC: Tensor) -> tuple[Tensor, Tensor]:
        features_NF = self.features(pixels_NHWC.permute(0, 3, 1, 2).float())
        return self.head(features_NF), self.values(features_NF)


def fit_looks(
    paths: Sequence[Path],
    version: str,
    texts: Sequence[Sequence[str]],
    labels: Labels,
    tokens: StaticEncoder,
    config: LooksConfig,
    bundle: Path,
    seed: int,
    progress: Progress,
) -> None:
    """Train the heads and write their networks into `bundle`.

    paths: of pictures, whose files are those of `version`. texts: of each picture those that describe it, of which each
    epoch reads one. labels: of the values that each picture shows.
    """
    torch.manual_seed(seed)
    features = Features(config.network).eval()
    cache = home() / "cache"
    pixels_NSS3 = decoded_pictures(
        paths, config.size_px, cache / "pictures", version, partial(_report, progress, "decode")
    )
    features_NF = torch.tensor(
        cached_features(features, pixels_NSS3, cache / "features", partial(_report, progress, "look at pictures"))
    )
    described = _Texts(texts, tokens, seed)
    picture_head = Head(features_NF, config.hidden, config.dim, DROPPED, unit=True)
    text_head = Head(described.means(), config.hidden, config.dim, DROPPED, unit=True)
    _train(features_NF, described, picture_head, text_head, config, progress)
    values = _values(features_NF, labels, config, progress)
    sample_NM = described.means()[:3]
    write_onnx(text_head, {"mean_ND": sample_NM}, ["vector_ND"], {"mean_ND": {0: "N"}}, bundle / TEXTS)
    write_onnx(
        PictureSide(features, picture_head, values),
        {"pixels_NHWC": torch.tensor(pixels_NSS3[:3])},
        ["vector_ND", "logit_NL"],
        {"pixels_NHWC": {0: "N"}},
        bundle / PICTURES,
    )
    write_json(bundle / DESCRIPTION, {"size_px": config.size_px})


def _values(features_NF: Tensor, labels: Labels, config: LooksConfig, progress: Progress) -> Head:
    """A model of all attributes at once; a picture that lacks one teaches nothing of it."""
    values = Head(features_NF, config.hidden // 2, max(1, sum(labels.sizes)), HALF, unit=False)
    if labels.sizes:
        optimizer = torch.optim.AdamW(values.parameters(), lr=config.learning_rate, weight_decay=VALUES_DECAY)
        label_NA, count = torch.tensor(labels.label_NA), len(features_NF)
        size = min(config.batch_size, count)
        steps = config.epochs * (count // size)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, total_steps=steps)
        for epoch in range(config.epochs):
            order = torch.randperm(count)
            for start in range(0, count - size + 1, size):
                rows = order[start : start + size]
                parts = values(features_NF[rows]).split(list(labels.sizes), dim=1)
                loss = attribute_loss(parts, label_NA[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            progress("learn what pictures show", epoch + 1, config.epochs, {"train/values_loss": float(loss.detach())})
    return values.eval()


class _Texts:
    """Texts as means of token vectors, each epoch of other tokens."""

    def __init__(self, texts: Sequence[Sequence[str]], tokens: StaticEncoder, seed: int) -> None:
        flat = [text for some in texts for text in some]
        ids = iter(tokens.tokens(flat))
        self.ids = [[np.array(next(ids) or [0], np.int64) for _ in some] for some in texts]
        self.vectors_VD = tokens.vectors_VD
        self.generator = np.random.default_rng(seed)

    def means(self) -> Tensor:
        """Of the first text of each picture, all of its tokens (N, M)."""
        return _unit(np.stack([self.vectors_VD[some[0]].mean(axis=0) for some in self.ids]))

    def drawn(self, rows: np.ndarray) -> Tensor:
        """Of a text of each, without some of its tokens (N, M)."""
        means = []
        for row in rows.tolist():
            ids = self.ids[row][int(self.generator.integers(len(self.ids[row])))]
            kept = ids[self.generator.random(len(ids)) >= TOKENS_DROPPED]
            means.append(self.vectors_VD[kept if len(kept) else ids].mean(axis=0))
        return _unit(np.stack(means))


def _train(
    features_NF: Tensor, described: _Texts, picture_head: Head, text_head: Head, config: LooksConfig, progress: Progress
) -> None:
    scale = nn.Parameter(torch.tensor(np.log(20.0), dtype=torch.float32))
    parameters = [*picture_head.parameters(), *text_head.parameters(), scale]
    optimizer = torch.optim.AdamW(parameters, lr=config.learning_rate, weight_decay=WEIGHT_DECAY)
    count = len(features_NF)
    size = min(config.batch_size, count)
    steps = max(1, count // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, total_steps=steps * config.epochs)
    for epoch in range(config.epochs):
        order, total = described.generator.permutation(count), 0.0
        for step in range(steps):
            rows = order[step * size : (step + 1) * size]
            seen_ND, said_ND = picture_head(features_NF[rows]), text_head(described.drawn(rows))
            logit_NN = scale.exp().clamp(max=100) * said_ND @ seen_ND.T
            label_N = torch.arange(len(rows))
            loss = (F.cross_entropy(logit_NN, label_N) + F.cross_entropy(logit_NN.T, label_N)) / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        progress("train looks", epoch + 1, config.epochs, {"train/looks_loss": total / steps})
    picture_head.eval()
    text_head.eval()


def _unit(mean_NM: np.ndarray) -> Tensor:
    return F.normalize(torch.tensor(mean_NM), dim=1)


def _report(progress: Progress, stage: str, done: int, total: int) -> None:
    progress(stage, done, total, {})

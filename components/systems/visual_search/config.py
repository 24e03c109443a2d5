"""The configuration of visual search."""

from typing import Literal

from pydantic import Field

from components.learning.config import EncoderConfig, TrainingConfig
from data.params import Strict

__all__ = ["Config", "LossConfig", "NetworkConfig", "PictureConfig"]


class NetworkConfig(EncoderConfig):
    """An encoder with an embedding and a classifier on top of its pooled features."""

    dim: int = Field(gt=1, le=2048, description="dimensions of the embedding")
    mirrored: bool = Field(
        False, description="average each picture with its mirror image when serving, for twice the time"
    )


class PictureConfig(Strict):
    """How pictures are prepared. A side is that of the square a picture is squashed to."""

    cache_px: int = Field(ge=32, le=512, description="side that pictures are decoded to, once")
    train_px: tuple[int, ...] = Field(min_length=1, description="sides in training, in equal shares of the epochs")
    serve_px: int = Field(ge=32, le=512, description="side in validation, evaluation and serving")
    least_area: float = Field(0.35, gt=0, le=1, description="smallest share of a picture that a training crop keeps")
    strength: float = Field(1.0, ge=0, le=1, description="of the change of shape or colour each picture gets")
    erased: float = Field(0.25, ge=0, le=1, description="share of training pictures that lose a box")


class LossConfig(Strict):
    """Cross-entropy, plus a metric-learning loss on the embedding."""

    label_smoothing: float = Field(0.1, ge=0, lt=1)
    metric: Literal["supervised_contrastive", "none"] = "supervised_contrastive"
    metric_weight: float = Field(0.5, ge=0)
    temperature: float = Field(0.1, gt=0)
    cutmix: float = Field(0.0, ge=0, le=1, description="share of batches mixed by CutMix; these skip the metric loss")


class Config(Strict):
    network: NetworkConfig
    pictures: PictureConfig
    loss: LossConfig
    training: TrainingConfig
    split: Literal["validation", "test"] = Field("test", description="what the gate's evaluation reads")

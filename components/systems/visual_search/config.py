"""The configuration of visual search."""

from typing import Literal

from pydantic import Field, model_validator

from components.learning.config import TrainingConfig
from data.params import Strict

__all__ = ["Config", "LossConfig", "NetworkConfig", "PictureConfig"]


class NetworkConfig(Strict):
    """A backbone of timm with an embedding and a classifier on top of its pooled features."""

    name: str = Field(description="any model of timm")
    weights: str = Field(description="scratch, hub (timm's own), or the path of a .safetensors file")
    weights_sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="of that file, as sha256sum prints it"
    )
    dim: int = Field(gt=1, le=2048, description="dimensions of the embedding")
    drop_path: float = Field(0.0, ge=0, lt=1, description="share of residual branches skipped in training")
    mirrored: bool = Field(
        False, description="average each picture with its mirror image when serving, for twice the time"
    )

    @model_validator(mode="after")
    def _file_is_named_by_content(self) -> "NetworkConfig":
        if (self.weights not in ("scratch", "hub")) != (self.weights_sha256 is not None):
            raise ValueError("a file of weights, and only that, needs weights_sha256, which `sha256sum FILE` prints")
        return self


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

"""The configuration of visual search."""

from typing import Literal

from pydantic import Field, model_validator

from components.learning.config import EncoderConfig, FineTuningConfig, TrainingConfig
from data.images import Framing
from data.params import Strict

__all__ = ["Config", "EvaluationConfig", "LossConfig", "NetworkConfig", "PictureConfig"]


class NetworkConfig(EncoderConfig):
    """An encoder with an embedding and a classifier on top of its pooled features."""

    dim: int = Field(gt=1, le=2048, description="dimensions of the embedding")
    attribute_weight: float = Field(
        0.7, gt=0, description="of each attribute's part of the embedding beside the category's, in what is similar"
    )
    mirrored: bool = Field(
        False, description="average each picture with its mirror image when serving, for twice the time"
    )


class PictureConfig(Strict):
    """How pictures are prepared. A side is that of the square that a picture becomes."""

    framing: Framing = Field("squash", description="squash: the whole picture, or crop: the square in its middle")

    cache_px: int = Field(ge=32, le=512, description="side that pictures are decoded to, once")
    train_px: tuple[int, ...] = Field(min_length=1, description="sides in training, in equal shares of the epochs")
    serve_px: int = Field(ge=32, le=512, description="side in validation, evaluation and serving")
    least_area: float = Field(0.35, gt=0, le=1, description="smallest share of a picture that a training crop keeps")
    strength: float = Field(1.0, ge=0, le=1, description="of the change of shape or colour each picture gets")
    recoloured: bool = Field(True, description="whether colours change too; not where colour is to be learned")
    erased: float = Field(0.25, ge=0, le=1, description="share of training pictures that lose a box")


class LossConfig(Strict):
    """Cross-entropy, plus a metric-learning loss on the embedding, of the category and of attributes beside it."""

    attributes: tuple[str, ...] = Field((), description="attributes of items that count as well, such as colour")
    attribute_weight: float = Field(0.7, gt=0, description="of an attribute beside the category")

    label_smoothing: float = Field(0.1, ge=0, lt=1)
    metric: Literal["supervised_contrastive", "none"] = "supervised_contrastive"
    metric_weight: float = Field(0.5, ge=0)
    temperature: float = Field(0.1, gt=0)
    proxy_weight: float = Field(
        0.0, ge=0, description="of a cross-entropy of the embedding's cosines with one learned vector for each value"
    )
    proxy_temperature: float = Field(0.15, gt=0)
    cutmix: float = Field(0.0, ge=0, le=1, description="share of batches mixed by CutMix; these skip the metric loss")

    @model_validator(mode="after")
    def _mixes_categories_alone(self) -> "LossConfig":
        if self.cutmix and self.attributes:
            raise ValueError("cutmix mixes pictures of one label each; set it to 0 where there are attributes")
        return self


class EvaluationConfig(Strict):
    """What is measured: the same for a candidate and the champion."""

    attributes: tuple[str, ...] = Field((), description="recall is reported of each together with the category, too")


class Config(Strict):
    network: NetworkConfig
    pictures: PictureConfig
    loss: LossConfig
    training: TrainingConfig
    fine_tuning: FineTuningConfig | None = Field(None, description="for an encoder with weights; null: all at once")
    split: Literal["validation", "test"] = Field("test", description="what the gate's evaluation reads")
    evaluation: EvaluationConfig = EvaluationConfig()

    @model_validator(mode="after")
    def _parts_fit(self) -> "Config":
        if self.network.dim <= len(self.loss.attributes):
            raise ValueError("network.dim has to be larger, as the category and each attribute get a part of it")
        if self.fine_tuning and self.network.weights == "scratch":
            raise ValueError("fine_tuning needs an encoder with weights; set network.weights, or fine_tuning to null")
        return self

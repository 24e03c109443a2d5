"""The configuration of canvas."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.learning.config import EncoderConfig, TrainingConfig
from components.text import TextEncoderConfig
from data.params import Strict

__all__ = [
    "Config",
    "EvaluationConfig",
    "FlowConfig",
    "NetworkConfig",
    "OfferConfig",
    "StudentConfig",
    "UpsamplerConfig",
]


class NetworkConfig(Strict):
    """A U-Net of two levels over unshuffled pixels."""

    size_px: int = Field(64, ge=16, le=256, description="side of the pictures that are made")
    unshuffle: int = Field(4, ge=1, le=8, description="side of the block of pixels that becomes one place")
    width: int = Field(ge=8, le=512, multiple_of=8, description="channels of the upper level; the lower has twice")
    blocks: int = Field(2, ge=1, le=8, description="residual blocks of a level, down and up")

    @model_validator(mode="after")
    def _divides(self) -> "NetworkConfig":
        if self.size_px % (2 * self.unshuffle):
            raise ValueError(f"size_px has to be a multiple of twice unshuffle, {2 * self.unshuffle}")
        return self


class FlowConfig(Strict):
    """What the network is conditioned on, and how often it goes without."""

    attributes: tuple[str, ...] = Field((), description="attributes of items that condition it")
    words: TextEncoderConfig | None = Field(None, description="encoder of the titles that condition it")
    unconditional: float = Field(0.1, gt=0, lt=1, description="share of examples without a condition, for guidance")
    condition_kept: float = Field(
        0.7, gt=0, le=1, description="probability of each part of a condition, so that each works alone"
    )
    time_mean: float = Field(-0.8, description="of the logit of the times, 0 noise and 1 a picture")
    time_std: float = Field(0.8, gt=0, description="of the same")
    inpainted: float = Field(0.35, ge=0, le=1, description="share of examples that show a part of the picture")


class StudentConfig(Strict):
    """A student distilled from the trained flow, which needs few steps."""

    pictures: int = Field(3000, ge=8, le=1_000_000, description="trajectories of the flow to learn from")
    epochs: int = Field(4, ge=1, le=1000)


class UpsamplerConfig(Strict):
    """A small network that upsamples what the flow makes."""

    factor: Literal[2, 4] = 2
    width: int = Field(32, ge=8, le=256, description="channels")
    epochs: int = Field(4, ge=1, le=1000)


class OfferConfig(Strict):
    """What is served."""

    mark: bool = Field(False, description="whether `AI` stands in a corner of made pictures")
    refused: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), description="categories, values of attributes and words for which requests are refused"
    )


class SecondEncoderConfig(Strict):
    """A network in ONNX of another family, whose features confirm those of the first encoder."""

    path: str = Field(description="takes pixels_NHWC and gives vectors first, as embed.onnx of visual search does")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of that file, as sha256sum prints it")


class EvaluationConfig(Strict):
    """What is measured: the same for a candidate and the champion."""

    encoder: EncoderConfig = Field(
        EncoderConfig(name="tf_efficientnet_lite0", weights="package"),
        description="took no part in training",
    )
    second_encoder: SecondEncoderConfig | None = Field(None, description="gives kid_second_encoder")
    most: int = Field(400, gt=8, le=8000, description="pictures to make, one for each held-out item")
    steps: int = Field(12, ge=1, le=100)
    guidance: float = Field(4.0, ge=0, le=10)
    attributes: tuple[str, ...] = Field((), description="attributes whose accuracy is measured")


class Config(Strict):
    network: NetworkConfig
    flow: FlowConfig
    training: TrainingConfig
    student: StudentConfig | None = Field(None, description="null: no student is distilled")
    upsampler: UpsamplerConfig | None = Field(None, description="null: pictures have the network's size")
    offer: OfferConfig = OfferConfig()
    split: Literal["validation", "test"] = Field("test", description="what the gate's evaluation reads")
    evaluation: EvaluationConfig = EvaluationConfig()

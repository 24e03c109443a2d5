"""The configuration of scene parsing."""

from typing import Literal

from pydantic import Field, model_validator

from components.learning.config import EncoderConfig, TrainingConfig
from data.params import Strict

__all__ = ["Config", "LossConfig", "NetworkConfig", "PictureConfig", "RegionConfig"]

STRIDE = 32  # of the deepest features: sides that the network sees are multiples


class NetworkConfig(EncoderConfig):
    """An encoder of timm, and a decoder of `dim` channels on top of its features."""

    dim: int = Field(gt=0, le=512, description="channels of the decoder")
    frozen: int = Field(0, ge=0, le=3, description="finest scales of the encoder, from halves, that keep their weights")
    encoder_rate: float = Field(1.0, gt=0, le=1, description="factor of the encoder's learning rate")
    mirrored: bool = Field(
        False, description="average each picture with its mirror image when serving, for twice the time"
    )


class PictureConfig(Strict):
    """How pictures are prepared: scaled to an area, so that a panorama costs what a square does."""

    side_px: int = Field(ge=32, le=1024, description="side of the square whose area a picture is scaled to in training")
    serve_px: int = Field(ge=32, le=1024, description="the same in evaluation and serving")
    crop_px: tuple[int, int] = Field(description="height and width of the parts that training sees, multiples of 32")
    scales: tuple[float, float] = Field((0.7, 1.5), description="range of the scale of training pictures")
    turn_degrees: float = Field(10.0, ge=0, le=180, description="most that a training picture is turned")
    strength: float = Field(0.5, ge=0, le=1, description="of the change of colour that each training picture gets")

    @model_validator(mode="after")
    def _crop_fits(self) -> "PictureConfig":
        if any(side <= 0 or side % STRIDE for side in self.crop_px):
            raise ValueError(f"crop_px is {self.crop_px}; both sides have to be multiples of {STRIDE}")
        if not 0 < self.scales[0] <= self.scales[1]:
            raise ValueError(f"scales is {self.scales}; give the smaller first, above 0")
        return self


class LossConfig(Strict):
    """Cross-entropy with weights for rare labels, plus the Lovász extension of the IoU of the labels that are there."""

    most_weight: float = Field(3.0, ge=1, description="of a rare label against one of middling frequency")
    lovasz_weight: float = Field(1.0, ge=0)
    centre_weight: float = Field(1.0, ge=0, description="of where a pixel's region has its centre")
    attribute_weight: float = Field(0.2, ge=0)


class RegionConfig(Strict):
    """How pixels of one label become regions, and what is said of a region."""

    by: Literal["parts", "centres"] = Field(
        "parts", description="connected parts, or pixels that point to the same centre, where things of a label touch"
    )
    least_share: float = Field(0.0004, ge=0, lt=1, description="of the picture's area; smaller parts are nothing")
    attributes: tuple[str, ...] = Field((), description="of the regions in the data, such as colour")


class Config(Strict):
    network: NetworkConfig
    pictures: PictureConfig
    loss: LossConfig = LossConfig()
    regions: RegionConfig = RegionConfig()
    training: TrainingConfig
    split: Literal["validation", "test"] = Field("test", description="what the gate's evaluation reads")

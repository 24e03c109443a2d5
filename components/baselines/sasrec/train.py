"""Training of the SASRec baseline, once for a data set, its settings and this code.

Legend: U users, B histories.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch.utils.data import DataLoader

from components.baselines.interactions import Interactions, Recommender
from components.baselines.sasrec.config import SasRecConfig
from components.baselines.sasrec.network import SasRec
from components.baselines.sasrec.scoring import score
from components.baselines.sasrec.sequences import Sequences
from components.baselines.sasrec.task import MONITOR, SasRecTask
from components.code import code_of_part
from components.learning import loop
from components.learning.config import TrainingConfig
from components.learning.loader import bucketed_batches
from components.system import Progress
from data.errors import UserError
from data.files import atomic
from data.locks import locked

__all__ = ["Validation", "sasrec"]

VALIDATED = 256  # histories ranked at once
MOST_VALIDATED = 5000  # histories, spread evenly: enough to choose an epoch by

Validation = tuple[Sequence[np.ndarray], np.ndarray]  # item rows of histories, and the one item that follows each


def sasrec(
    log: Interactions, validation: Validation, config: SasRecConfig, cache: Path, progress: Progress
) -> Recommender:
    """Train on `log`, stopping by NDCG@10 on `validation`; reuse what an earlier call left in the folder `cache`.

    Raises:
        UserError: nobody has two events, or there is nothing to validate with.
    """
    if not (np.diff(log.offset_U1) >= 2).any() or not len(validation[1]):
        raise UserError(
            "the baseline sasrec needs users with two training events, and a validation split; leave it out"
        )
    key = _key(log, validation, config)
    weights = cache / f"{key}.safetensors"
    with locked(cache / f"{key}.lock", lambda: None):
        if not weights.is_file():
            _train(log, validation, config, weights, cache / key, progress)
    network = SasRec(config, log.items)
    network.load_state_dict(load_file(weights))
    network.eval()
    return lambda histories: score(network, histories, config.max_length)


def _train(
    log: Interactions, validation: Validation, config: SasRecConfig, weights: Path, work: Path, progress: Progress
) -> None:
    torch.manual_seed(config.seed)
    task = SasRecTask(config, log.items)
    sequences = Sequences(log, config.max_length, config.seed)
    training = TrainingConfig(
        epochs=config.epochs,
        batch_size=2,  # has no effect: the number of tokens decides the size of a batch
        learning_rate=config.learning_rate,
        weight_decay=0.0,
        ema_decay=0.0,
        gradient_clip=1e9,  # published without clipping
        patience=config.patience,
        validate_every=config.validate_every,
        precision="32-true",
        seed=config.seed,
    )
    batches = bucketed_batches(sequences, sequences.length_S, config.tokens, config.seed)
    loop.train(task, batches, _validation_batches(validation), training, MONITOR, work, progress)
    with atomic(weights) as file:
        file.write(save(task.network.state_dict()))
    shutil.rmtree(work)


def _validation_batches(validation: Validation) -> "DataLoader[tuple[list[np.ndarray], np.ndarray]]":
    histories, target_U = validation
    chosen = np.unique(np.linspace(0, len(target_U) - 1, MOST_VALIDATED).astype(int))
    parts = [
        ([histories[user] for user in users.tolist()], target_U[users])
        for users in np.array_split(chosen, -(-len(chosen) // VALIDATED))
    ]
    return DataLoader(parts, batch_size=None, collate_fn=_as_fetched)  # type: ignore[arg-type]


def _as_fetched(batch: object) -> object:
    return batch


def _key(log: Interactions, validation: Validation, config: SasRecConfig) -> str:
    code = code_of_part(__name__)
    content = [config.model_dump(mode="json"), log.items, code.hash, code.versions]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    histories, target_U = validation
    for array in (log.offset_U1, log.item_E, target_U, *histories):
        digest.update(np.ascontiguousarray(array, np.int64).tobytes() + b"\n")
    return digest.hexdigest()[:24]

"""What a training step and a validation of user sequences are, for the shared loop.

Legend: B histories, L positions, N items, D dimensions, M predictions, E items of histories, T targets.
"""

from typing import Any, NamedTuple

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from components.learning.optimizer import one_cycle_adamw
from components.learning.softmax import full_softmax, sampled_softmax
from components.systems.user_sequence.config import Config
from components.systems.user_sequence.examples import Questions, blocks_of
from components.systems.user_sequence.history import NO_TIME
from components.systems.user_sequence.network import SequenceNetwork
from components.systems.user_sequence.transformer import padded
from components.systems.user_sequence.windows import Batch

__all__ = ["MONITOR", "UserSequenceTask", "ValidationBatch", "validation_batches"]

MONITOR = "validation/ndcg_at_10"
TOP = 10
ROWS = 256  # targets ranked at once
VALIDATED = 256  # histories of a validation batch


class ValidationBatch(NamedTuple):
    """Tokens, the last position of each history, its items, what came next, and when the user came back.

    seen_E and seen_item_E are all pairs of a question and an item in its history; now_s_B is -1 where unknown.
    """

    item_BL: Tensor
    action_BL: Tensor
    surface_BL: Tensor
    gap_BL: Tensor
    last_B: Tensor
    seen_E: Tensor
    seen_item_E: Tensor
    owner_T: Tensor
    target_T: Tensor
    now_s_B: Tensor


class _Questions:
    def __init__(self, questions: Questions, max_length: int) -> None:
        self.questions = questions
        self.max_length = max_length
        self.blocks = blocks_of(questions, VALIDATED)

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, number: int) -> ValidationBatch:
        block = self.blocks[number]
        contexts = block.contexts
        tokens = padded(contexts.read, self.max_length)
        seen_E = np.repeat(np.arange(len(contexts)), [len(whole) for whole in contexts.whole])
        seen_item_E = np.concatenate([whole.item_L for whole in contexts.whole]).astype(np.int64)
        read = (tokens.item_BL, tokens.action_BL, tokens.surface_BL, tokens.gap_BL, tokens.length_B - 1)
        columns = (*read, seen_E, seen_item_E, block.owner_T, block.target_T, contexts.now_s_B)
        return ValidationBatch(*(torch.from_numpy(column) for column in columns))


def validation_batches(questions: Questions, max_length: int) -> DataLoader[Any]:
    """A loader of `ValidationBatch`, histories of like length together."""
    return DataLoader(_Questions(questions, max_length), batch_size=None, collate_fn=_as_fetched)  # type: ignore[arg-type]


def _as_fetched(batch: ValidationBatch) -> ValidationBatch:
    return batch


class UserSequenceTask(L.LightningModule):
    """Softmax over the items; validated by hit rate and NDCG at 10 among all items that are not in the history."""

    frequency_N: Tensor

    def __init__(self, config: Config, network: SequenceNetwork, frequency_N: Tensor, created_s_N: Tensor) -> None:
        super().__init__()
        self.config = config
        self.network = network
        self.created_s_N = created_s_N  # no buffer: the loop averages those, which seconds do not survive
        self.register_buffer("frequency_N", frequency_N, persistent=False)
        self.hits = self.gain = 0.0
        self.questions = 0
        self.vector_ND: Tensor | None = None

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:  # noqa: ARG002
        vector_ND = self.network.item()
        query_BLD = self.network(vector_ND, batch.item_BL, batch.action_BL, batch.surface_BL, batch.gap_BL)
        query_MD = query_BLD.flatten(0, 1)[batch.position_M]
        targets = (query_MD, vector_ND, batch.target_MK, batch.weight_MK)
        if self.config.loss.softmax == "full":
            total = full_softmax(*targets)
        else:
            total = sampled_softmax(*targets, self.frequency_N, self.config.loss.negatives)
        loss = total / batch.weight_MK.sum()
        self.log("train/loss", loss.detach(), on_step=False, on_epoch=True, batch_size=len(query_MD))
        return loss

    def on_validation_epoch_start(self) -> None:
        self.vector_ND = self.network.item()
        self.hits = self.gain = 0.0
        self.questions = 0

    def validation_step(self, batch: ValidationBatch, batch_idx: int) -> None:  # noqa: ARG002
        assert self.vector_ND is not None
        tokens = (batch.item_BL, batch.action_BL, batch.surface_BL, batch.gap_BL)
        query_BLD = self.network(self.vector_ND, *tokens)
        query_BD = query_BLD[torch.arange(len(query_BLD), device=query_BLD.device), batch.last_B]
        with torch.autocast(query_BD.device.type, enabled=False):  # in 16 bits scores tie, and ties are ranked last
            score_BN = query_BD.float() @ self.vector_ND.float().T
        later_BN = self.created_s_N.to(score_BN.device)[None] >= batch.now_s_B[:, None]
        score_BN[later_BN & (batch.now_s_B != NO_TIME)[:, None]] = float("-inf")
        target_T = score_BN[batch.owner_T, batch.target_T]
        score_BN[batch.seen_E, batch.seen_item_E] = float("-inf")
        for start in range(0, len(target_T), ROWS):
            part = slice(start, start + ROWS)
            rank_T = (score_BN[batch.owner_T[part]] >= target_T[part, None]).sum(dim=1) - 1
            share_T = 1 / torch.bincount(batch.owner_T, minlength=len(score_BN))[batch.owner_T[part]]
            hit_T = rank_T < TOP
            self.hits += float((share_T * hit_T).sum())
            self.gain += float((share_T * hit_T / torch.log2(rank_T + 2.0)).sum())
        self.questions += len(score_BN)

    def on_validation_epoch_end(self) -> None:
        self.log_dict({"validation/hr_at_10": self.hits / self.questions, MONITOR: self.gain / self.questions})
        self.vector_ND = None

    def configure_optimizers(self) -> Any:
        return one_cycle_adamw(self.network, self.config.training, int(self.trainer.estimated_stepping_batches))

"""Fine-tunes an encoder of texts on judged pairs: its vectors are turned by the identity and a matrix of low rank.

Legend: N vectors, Q queries, T texts of a batch, D dimensions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from components.text.config import TuningConfig
from components.text.encoder import NETWORK, VECTORS, TextEncoder
from data.files import atomic

__all__ = ["JudgedTexts", "TurnedEncoder", "turn", "turned", "write_turned"]

GOOD = 2.0  # grade from which on a text answers a query
SCALE = 20.0  # of cosines, for they lie near to one another
STATES = "turned_NTD"


@dataclass(frozen=True)
class JudgedTexts:
    """A query (D,), and the rows of texts with their grades. Mined negatives are texts of grade 0."""

    query_D: np.ndarray
    rows: np.ndarray
    grades: np.ndarray


class TurnedEncoder:
    """An encoder whose vectors are turned; a `components.text.TextEncoder`."""

    def __init__(self, encoder: TextEncoder, weight_DD: np.ndarray) -> None:
        self._encoder, self._weight_DD, self.dim = encoder, weight_DD, encoder.dim

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """As `TextEncoder`."""
        return turned(self._encoder.encode(texts), self._weight_DD)


class _Turn(nn.Module):
    """Vectors plus what a matrix of low rank makes of them, as unit vectors (Hu et al. 2021, "LoRA")."""

    def __init__(self, dim: int, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.randn(dim, rank, generator=generator) / dim**0.5)
        self.up = nn.Parameter(torch.zeros(rank, dim))

    def forward(self, vectors_ND: Tensor) -> Tensor:
        return F.normalize(vectors_ND + vectors_ND @ self.down @ self.up, dim=1)


def turned(vectors_ND: np.ndarray, weight_DD: np.ndarray) -> np.ndarray:
    """Unit vectors float32 (N, D) of what `weight_DD` makes of some; zero stays zero."""
    found_ND = np.asarray(vectors_ND, np.float32) @ weight_DD
    return found_ND / np.maximum(np.linalg.norm(found_ND, axis=1, keepdims=True), 1e-9)


def turn(
    judged: Sequence[JudgedTexts],
    vectors_ND: np.ndarray,
    config: TuningConfig,
    seed: int,
    progress: Callable[[int, int, dict[str, float]], None],
) -> np.ndarray:
    """The matrix (D, D) that brings queries nearer to their texts, the better these answer.

    vectors_ND: of texts. Two texts of a query are compared by their grades; those that answer it also with the texts of
    other queries in the batch.
    """
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    dim = vectors_ND.shape[1]
    model = _Turn(dim, config.rank, generator)
    size = min(config.batch_size, len(judged))
    steps = config.epochs * max(1, len(judged) // size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, total_steps=steps)
    for step in range(steps):
        some = [judged[place] for place in rng.choice(len(judged), size, replace=False).tolist()]
        drawn = [rng.permutation(len(one.rows))[: config.texts] for one in some]
        rows = np.concatenate([one.rows[at] for one, at in zip(some, drawn, strict=True)])
        grade_T = torch.tensor(np.concatenate([one.grades[at] for one, at in zip(some, drawn, strict=True)])).float()
        owner_T = torch.tensor(np.repeat(np.arange(size), [len(at) for at in drawn]))
        query_QD = torch.tensor(np.stack([one.query_D for one in some]), dtype=torch.float32)
        text_TD = torch.tensor(np.asarray(vectors_ND[rows], np.float32))
        loss = _loss(SCALE * model(query_QD) @ model(text_TD).T, grade_T, owner_T)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        progress(step + 1, steps, {"train/meaning_loss": float(loss.detach())})
    return np.asarray(np.eye(dim) + (model.down @ model.up).detach().numpy(), np.float32)


def _loss(logit_QT: Tensor, grade_T: Tensor, owner_T: Tensor) -> Tensor:
    """Of pairs of texts of one query, by the difference of their grades; and of texts that answer, in the batch."""
    own_T = logit_QT[owner_T, torch.arange(len(owner_T))]
    gap_TT = (grade_T[:, None] - grade_T[None, :]) * (owner_T[:, None] == owner_T[None, :])
    better_TT = gap_TT > 0
    wrong_TT = F.softplus(own_T[None, :] - own_T[:, None])
    loss = (wrong_TT * gap_TT)[better_TT].sum() / better_TT.sum().clamp(min=1)
    good_T = grade_T >= GOOD
    if not good_T.any():
        return loss
    others_Q = logit_QT.masked_fill(owner_T[None, :] == torch.arange(len(logit_QT))[:, None], -1e4).logsumexp(1)
    to_text = F.softplus(others_Q[owner_T] - own_T)[good_T].mean()
    to_query = F.cross_entropy(logit_QT.T[good_T], owner_T[good_T])
    return loss + (to_text + to_query) / 2


def write_turned(folder: Path, weight_DD: np.ndarray) -> None:
    """Turn the encoder in `folder`: the means of turned states are the turned means."""
    if (folder / VECTORS).is_file():
        vectors_VD = np.load(folder / VECTORS, allow_pickle=False)
        with atomic(folder / VECTORS) as file:
            np.save(file, (vectors_VD.astype(np.float32) @ weight_DD).astype(vectors_VD.dtype), allow_pickle=False)
        return
    model = onnx.load(folder / NETWORK)
    states = model.graph.output[0]
    model.graph.initializer.append(numpy_helper.from_array(weight_DD, "turn_DD"))
    model.graph.node.append(helper.make_node("MatMul", [states.name, "turn_DD"], [STATES]))
    states.name = STATES
    onnx.checker.check_model(model)
    with atomic(folder / NETWORK) as file:
        file.write(model.SerializeToString())

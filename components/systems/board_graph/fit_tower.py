"""Training of the tower: an item's words have to find the boards that it is on, among items that walks reach too.

Legend: B boards, N items, W words, C dimensions, L items of a board that are shown, M items of a batch.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.sparse import csr_array, csr_matrix
from sklearn.utils.extmath import randomized_svd
from torch import Tensor, nn
from torch.nn import functional as F

from components.system import Progress
from components.systems.board_graph.config import TowerConfig
from components.systems.board_graph.tower import Tower
from components.walks.walks import Walks

__all__ = ["fit_tower"]

SHOWN = 6  # items of a board that stand for it in a step
HARD = (30, 200)  # ranks of walks from an item, of which negatives are drawn
LEAST_ITEMS = 2  # that have a word for it to be read


class _Words(nn.Module):
    """As `Tower`: words summed, one hidden layer added. It begins as latent semantic analysis (Deerwester 1990)."""

    def __init__(self, rarity_W: np.ndarray, vector_WC: np.ndarray, generator: torch.Generator) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag.from_pretrained(torch.from_numpy(vector_WC), freeze=False, mode="sum")
        dim = vector_WC.shape[1]
        self.rarity_W = torch.from_numpy(rarity_W)
        self.into = nn.Parameter(torch.randn(dim, dim, generator=generator) * dim**-0.5)
        self.out = nn.Parameter(torch.zeros(dim, dim))

    def forward(self, word_E: Tensor, start_M: Tensor) -> Tensor:
        base_MC = F.normalize(self.bag(word_E, start_M, per_sample_weights=self.rarity_W[word_E]), dim=-1)
        return F.normalize(base_MC + torch.relu(base_MC @ self.into) @ self.out, dim=-1)

    def tower(self, row_of: dict[str, int], words: Sequence[Sequence[str]]) -> Tower:
        with torch.no_grad():
            weighed_WC = (self.bag.weight * self.rarity_W[:, None]).numpy().astype(np.float32)
            hidden = torch.stack([self.into, self.out]).numpy().astype(np.float32)
        tower = Tower(row_of, weighed_WC, hidden, np.zeros((0, weighed_WC.shape[1]), np.float32))
        return tower.with_items(tower.vectors(words))


def fit_tower(
    matrix_BN: csr_array,
    words: Sequence[Sequence[str]],
    walks: Walks,
    config: TowerConfig,
    seed: int,
    progress: Progress,
) -> Tower | None:
    """A tower that was trained on the boards of `matrix_BN`; None where nothing is known of the items."""
    counts = Counter(word for item in words for word in item)
    common = [word for word, count in counts.most_common(config.most_features) if count >= LEAST_ITEMS]
    if not common:
        return None
    row_of = {word: row for row, word in enumerate(sorted(common))}
    rarity_W = np.array([np.log(len(words) / counts[word]) + 0.1 for word in row_of], np.float32)
    rows = [np.array([row_of[word] for word in item if word in row_of], np.int64) for item in words]
    told_N = np.array([len(item) > 0 for item in rows])
    torch.manual_seed(seed)
    model = _Words(rarity_W, _directions(rows, rarity_W, config.dim, seed), torch.Generator().manual_seed(seed))
    batches = _Batches(matrix_BN, told_N, walks, config, np.random.default_rng(seed))
    if not len(batches.board_E) or not config.epochs:
        return model.tower(row_of, words)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    steps = config.epochs * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    popular_N = torch.from_numpy(np.log(np.maximum(matrix_BN.sum(axis=0), 1)).astype(np.float32))
    for epoch in range(config.epochs):
        losses = []
        for shown_BL, target_B, item_M, taken_BM in batches.epoch():
            needed, place = np.unique(np.concatenate([shown_BL.ravel(), item_M]), return_inverse=True)
            vector_VC = model(*_bags([_dropped(rows[row], config.dropout, batches.generator) for row in needed]))
            shown_BC = vector_VC[torch.from_numpy(place[: shown_BL.size].reshape(shown_BL.shape))].mean(dim=1)
            item_MC = vector_VC[torch.from_numpy(place[shown_BL.size :])]
            logit_BM = F.normalize(shown_BC, dim=-1) @ item_MC.T / config.temperature
            logit_BM = logit_BM - popular_N[torch.from_numpy(item_M)]  # logQ: the batch draws items by their boards
            logit_BM = logit_BM.masked_fill(torch.from_numpy(taken_BM), -torch.inf)
            loss = F.cross_entropy(logit_BM, torch.from_numpy(target_B))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        progress("train the tower", epoch + 1, config.epochs, {"train/loss": float(np.mean(losses))})
    return model.tower(row_of, words)


def _directions(rows: Sequence[np.ndarray], rarity_W: np.ndarray, dim: int, seed: int) -> np.ndarray:
    """The directions in which the items' weighed words vary most, float32 (W, C)."""
    start = np.cumsum([0, *(len(row) for row in rows)])
    index = np.concatenate(rows)
    weight_NW = csr_matrix((rarity_W[index], index, start), shape=(len(rows), len(rarity_W)))
    length_N = np.sqrt(weight_NW.multiply(weight_NW).sum(axis=1)).A1
    weight_NW.data /= np.repeat(np.maximum(length_N, 1e-12), np.diff(start))
    rank = min(dim, *(size - 1 for size in weight_NW.shape))
    _, _, direction_CW = randomized_svd(weight_NW, max(rank, 1), random_state=seed)
    vector_WC = np.zeros((len(rarity_W), dim), np.float32)
    vector_WC[:, : len(direction_CW)] = direction_CW.T
    return vector_WC


class _Batches:
    """Batches of boards, each with a target that is left out of what is shown of it."""

    def __init__(
        self,
        matrix_BN: csr_array,
        told_N: np.ndarray,
        walks: Walks,
        config: TowerConfig,
        generator: np.random.Generator,
    ) -> None:
        self.matrix_BN, self.generator, self.config = matrix_BN, generator, config
        board_E, item_E = matrix_BN.tocoo().coords
        told_E = told_N[item_E]
        self.items_of = [items[told_N[items]] for items in np.split(matrix_BN.indices, matrix_BN.indptr[1:-1])]
        several_E = np.array([len(items) > 1 for items in self.items_of])[board_E] if len(board_E) else told_E
        self.board_E, self.item_E = board_E[told_E & several_E], item_E[told_E & several_E]
        self.hard = _hard(walks, told_N) if config.negatives and len(self.board_E) else {}

    def __len__(self) -> int:
        return -(-len(self.board_E) // self.config.batch_size)

    def epoch(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Of each batch: items shown (B, L), target (B,) among the items (M,), and which are no negatives (B, M)."""
        order = self.generator.permutation(len(self.board_E))
        for at in range(0, len(order), self.config.batch_size):
            yield self._batch(order[at : at + self.config.batch_size])

    def _batch(self, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        board_B, target_B = self.board_E[edges], self.item_E[edges]
        shown_BL = np.empty((len(edges), SHOWN), np.int64)
        for place, (board, target) in enumerate(zip(board_B, target_B, strict=True)):
            others = self.items_of[board]
            shown_BL[place] = self.generator.choice(others[others != target], SHOWN)
        hard = [pool for item in shown_BL[:, 0].tolist() if (pool := self.hard.get(item)) is not None]
        drawn = np.concatenate(hard) if hard else np.zeros(0, np.int64)
        if len(drawn) > self.config.negatives:
            drawn = self.generator.choice(drawn, self.config.negatives, replace=False)
        item_M, row = np.unique(np.concatenate([target_B, drawn]), return_inverse=True)
        taken_BM = self.matrix_BN[board_B][:, item_M].toarray() > 0
        own_B = row[: len(edges)]
        taken_BM[np.arange(len(edges)), own_B] = False
        return shown_BL, own_B.astype(np.int64), item_M, taken_BM


def _hard(walks: Walks, told_N: np.ndarray) -> dict[int, np.ndarray]:
    """Of each item a few that walks from it reach late, and that are like it though not of its boards."""
    low, high = HARD
    ones_N = np.ones(walks.items, np.float32)
    found = {}
    for item in np.flatnonzero(told_N).tolist():
        score_N = walks.scores(np.array([item]), ones_N)
        reached = np.flatnonzero(score_N)
        tail = reached[np.argsort(-score_N[reached], kind="stable")][low:high]
        tail = tail[told_N[tail]]
        if len(tail):
            found[item] = tail[:: max(1, len(tail) // 8)]
    return found


def _dropped(row_W: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    kept_W = row_W[generator.random(len(row_W)) >= share]
    return kept_W if len(kept_W) else row_W


def _bags(rows: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    starts = np.cumsum([0, *(len(row) for row in rows[:-1])])
    return torch.from_numpy(np.concatenate(rows)), torch.from_numpy(starts)

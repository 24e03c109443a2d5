"""A small network beside the trees: attention over a person's last actions with the candidate beside each, all heads.

Sources: TransAct (Xia et al. 2023) for the candidate beside each action and the hidden last ones; DCNv2 (Wang et al.
2021) for the crosses. Legend: N examples, X signals, F keys of an item, L actions, O outcomes, D dimensions, H heads,
P people, M candidates of each.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from components.learning.export import write_onnx
from components.systems.feed_ranking.config import NetworkConfig
from components.systems.feed_ranking.log import Asked

__all__ = ["Network", "fit_network", "write_network"]

CROSSES = 2
WIDE, NARROW = 128, 64
NEVER = -1e4
OF_CANDIDATES = ("signals", "item")
INPUTS = (*OF_CANDIDATES, "recent", "done", "age", "there")


class Network(nn.Module):
    """Logits of all heads. codes: the largest code of an item."""

    def __init__(self, codes: int, signals_NX: NDArray[np.float32], outcomes: int, config: NetworkConfig) -> None:
        super().__init__()
        dim = config.dim
        scaled_NX = _logarithm(torch.from_numpy(signals_NX))
        self.mean_X: Tensor
        self.scale_X: Tensor
        self.register_buffer("mean_X", scaled_NX.mean(0))
        self.register_buffer("scale_X", 1 / (scaled_NX.std(0) + 1e-3))
        self.codes = nn.Embedding(codes + 1, dim, padding_idx=0)
        nn.init.normal_(self.codes.weight, std=0.05)
        with torch.no_grad():
            self.codes.weight[0] = 0
        self.done = nn.Linear(outcomes + 1, dim)
        self.dim, self.action, self.candidate = dim, nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.beside = nn.Linear(dim, 1)
        width = signals_NX.shape[1] + 3 * dim
        self.crosses = nn.ModuleList([nn.Linear(width, width) for _ in range(CROSSES)])
        self.deep = nn.Sequential(
            *(nn.Linear(width, WIDE), nn.ReLU(), nn.Dropout(config.dropout)),
            *(nn.Linear(WIDE, NARROW), nn.ReLU(), nn.Dropout(config.dropout)),
        )
        self.heads = nn.Linear(NARROW, outcomes)

    def forward(
        self,
        signals_NX: Tensor,
        item_NF: Tensor,
        recent_PLF: Tensor,
        done_PLO: Tensor,
        age_PL: Tensor,
        there_PL: Tensor,
    ) -> Tensor:
        """As many candidates for each person: one in training, all in serving."""
        known_NX = ((_logarithm(signals_NX) - self.mean_X) * self.scale_X).clamp(-5, 5)
        item_ND = self.codes(item_NF).sum(1)
        action_PLD = self.codes(recent_PLF).sum(2) + self.done(torch.cat([done_PLO, age_PL[..., None]], -1))
        key_PLD, query_PMD = self.action(action_PLD), self.candidate(item_ND).reshape(len(recent_PLF), -1, self.dim)
        both_PMLD = torch.relu(key_PLD[:, None] + query_PMD[:, :, None])
        match_PML = self.beside(both_PMLD)[..., 0] + query_PMD @ key_PLD.mT / self.dim
        share_PML = torch.softmax(match_PML + (1 - there_PL[:, None]) * NEVER, -1) * there_PL[:, None]
        drawn_ND = (share_PML @ action_PLD).reshape(-1, self.dim)
        first = last = torch.cat([known_NX, item_ND, drawn_ND, drawn_ND * item_ND], -1)
        for cross in self.crosses:
            last = first * cross(last) + last
        return torch.as_tensor(self.heads(self.deep(last)))

    def logits(self, asked: Asked) -> NDArray[np.float64]:
        """(N, H)."""
        self.eval()
        count = len(asked.rows)
        with torch.no_grad():
            parts = [self(*_tensors(asked, rows)) for rows in np.array_split(np.arange(count), min(64, count))]
        return torch.cat(parts).numpy().astype(np.float64)


def fit_network(asked: Asked, codes: int, heads: Sequence[str], config: NetworkConfig, seed: int) -> Network:
    """A network of so many epochs; more would learn people by heart. The same seed gives the same network."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(codes, asked.signals_NX, len(heads), config)
        label_NH = torch.from_numpy(np.stack([asked.label(head) for head in heads], axis=1).astype(np.float32))
        steps = config.epochs * -(-len(label_NH) // config.batch_size)
        optimizer = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=config.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, config.learning_rate, total_steps=steps + 1, pct_start=0.1
        )
        network.train()
        for _ in range(config.epochs):
            for rows in torch.randperm(len(label_NH), generator=generator).split(config.batch_size):
                *given, there_NL = _tensors(asked, rows.numpy())
                logit_NH = network(*given, _hidden(there_NL, config, generator))
                loss = nn.functional.binary_cross_entropy_with_logits(logit_NH, label_NH[rows])
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
    return network


def write_network(network: Network, asked: Asked, path: Path) -> None:
    """As ONNX, which answers for one person and any number of candidates and actions."""

    def example(candidates: int, actions: int) -> dict[str, Tensor]:
        given = dict(zip(INPUTS, _tensors(asked, np.arange(candidates)), strict=True))
        return {name: value if name in OF_CANDIDATES else value[:1, :actions] for name, value in given.items()}

    dynamic = {name: {0: "candidates"} if name in OF_CANDIDATES else {1: "actions"} for name in INPUTS}
    most = asked.latest.there_NL.shape[1]
    write_onnx(network, example(3, most), ("logits",), dynamic, path, (example(5, 1),))


def _hidden(there_NL: Tensor, config: NetworkConfig, generator: torch.Generator) -> Tensor:
    """Without the last few actions of some examples, so that the network does not chase the last click."""
    examples = len(there_NL)
    chosen_N = torch.rand(examples, generator=generator) < config.hidden
    count_N = torch.randint(1, config.most_hidden + 1, (examples,), generator=generator)
    hidden_NL = chosen_N[:, None] & (torch.arange(there_NL.shape[1]) < count_N[:, None])
    return there_NL.masked_fill(hidden_NL, 0.0)


def _tensors(asked: Asked, rows: Any) -> list[Tensor]:
    latest = asked.latest.where(rows).inputs().values()
    return [
        torch.from_numpy(np.ascontiguousarray(one)) for one in (asked.signals_NX[rows], asked.item_NF[rows], *latest)
    ]


def _logarithm(value: Tensor) -> Tensor:
    return torch.sign(value) * torch.log1p(value.abs())

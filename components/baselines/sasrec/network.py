"""The network of SASRec.

Legend: B histories, L positions, D dimensions, H heads, N items.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.baselines.sasrec.config import SasRecConfig

__all__ = ["SasRec"]

INITIAL = 0.02


class Block(nn.Module):
    """Causal self-attention and a feed-forward layer, each normalised after its residual, as in BERT."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.qkv = nn.Linear(dim, 3 * dim)
        self.mix = nn.Linear(dim, dim)
        self.attended = nn.LayerNorm(dim, eps=1e-12)
        self.widen = nn.Linear(dim, 4 * dim)
        self.narrow = nn.Linear(4 * dim, dim)
        self.fed = nn.LayerNorm(dim, eps=1e-12)

    def forward(self, x_BLD: Tensor) -> Tensor:
        b, length, dim = x_BLD.shape
        q_BHLD, k_BHLD, v_BHLD = (
            self.qkv(x_BLD).view(b, length, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        )
        kept = self.dropout if self.training else 0.0
        mixed_BHLD = F.scaled_dot_product_attention(q_BHLD, k_BHLD, v_BHLD, dropout_p=kept, is_causal=True)
        mixed_BLD = self.mix(mixed_BHLD.transpose(1, 2).reshape(b, length, dim))
        x_BLD = self.attended(x_BLD + F.dropout(mixed_BLD, self.dropout, self.training))
        fed_BLD = self.narrow(F.gelu(self.widen(x_BLD)))
        return self.fed(x_BLD + F.dropout(fed_BLD, self.dropout, self.training))


class SasRec(nn.Module):
    """States of a history after each of its items; a state's product with an item's vector is the item's score.

    Source: Kang and McAuley 2018 (arXiv 1808.09781), in the form of S3-Rec (Zhou et al. 2020, arXiv 2008.07873).
    """

    def __init__(self, config: SasRecConfig, items: int) -> None:
        super().__init__()
        self.max_length = config.max_length
        self.dropout = config.dropout
        self.item = nn.Embedding(items, config.dim)
        self.position = nn.Embedding(config.max_length, config.dim)
        self.start = nn.LayerNorm(config.dim, eps=1e-12)
        self.blocks = nn.ModuleList(Block(config.dim, config.heads, config.dropout) for _ in range(config.layers))
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=INITIAL)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(self, item_BL: Tensor, length_B: Tensor) -> Tensor:
        """States (B, L, D). Positions count back from a history's end, where the last one is always the same."""
        place_L = torch.arange(item_BL.shape[1], device=item_BL.device)
        position_BL = (self.max_length - length_B[:, None] + place_L[None]).clamp(max=self.max_length - 1)
        x_BLD = self.start(self.item(item_BL) + self.position(position_BL))
        x_BLD = F.dropout(x_BLD, self.dropout, self.training)
        for block in self.blocks:
            x_BLD = block(x_BLD)
        return x_BLD

    def scores(self, item_BL: Tensor, length_B: Tensor) -> Tensor:
        """Scores of all items after each history (B, N)."""
        state_BLD = self(item_BL, length_B)
        rows_B = torch.arange(len(length_B), device=item_BL.device)
        return state_BLD[rows_B, length_B - 1] @ self.item.weight.T

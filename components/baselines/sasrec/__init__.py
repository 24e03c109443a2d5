"""SASRec as published: a causal transformer over item ids, trained by BCE against one negative a position."""

from components.baselines.sasrec.config import SasRecConfig

__all__ = ["SasRecConfig"]

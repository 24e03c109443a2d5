"""Ranked lists of recommendations: ranks of targets, accuracy, and other qualities of lists."""

from components.ranking.accuracy import mean_by_owner, ndcg_at, recall_at
from components.ranking.attributes import Attributes
from components.ranking.lists import coverage, coverage_of_share, interest_entropy, intra_list_diversity, novelty
from components.ranking.ranks import UNRANKED, best, masked, target_ranks

__all__ = [
    "UNRANKED",
    "Attributes",
    "best",
    "coverage",
    "coverage_of_share",
    "interest_entropy",
    "intra_list_diversity",
    "masked",
    "mean_by_owner",
    "ndcg_at",
    "novelty",
    "recall_at",
    "target_ranks",
]

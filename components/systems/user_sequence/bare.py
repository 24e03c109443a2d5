"""What an answer takes at least: the steps of its network alone, beside which `corkboard bench` measures it."""

import numpy as np

from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.transformer import packed
from components.systems.user_sequence.types import Request

__all__ = ["bare"]


def bare(predictor: UserSequencePredictor, request: Request) -> np.ndarray:
    """The rows (N,) of all items, of which the last `request.k` score highest, in no order among themselves."""
    history, _ = predictor._history(request)
    transformer = predictor.scorer.transformer
    given = packed([history], transformer.max_length).inputs(transformer.vector_ND)
    score_N = (transformer.session.run(["query_BD"], given)[0] @ transformer.vector_ND.T)[0]
    return np.argpartition(score_N, -request.k)

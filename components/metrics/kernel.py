"""Distance between two sets of feature vectors.

Legend: N examples, D features, R resamples.
"""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from components.metrics.columns import Weighted, vectors
from data.errors import UserError
from data.params import Strict

__all__ = ["KernelDistance"]

MOST = 8000  # examples whose pairs fit into half a gigabyte


class KernelDistance(Strict):
    """Kernel inception distance: the unbiased squared maximum mean discrepancy under the kernel (x·y / D + 1)³.

    An example is a generated vector with a real one beside it, both as a list. Pairs of an example with itself do not
    count, and neither do they where a resample drew it twice. Below 0 is chance.
    Sources: Bińkowski et al. 2018 (arXiv 1801.01401), section 4; Gretton et al. 2012, lemma 6, equation 4.
    """

    kind: Literal["kernel_distance"] = "kernel_distance"
    generated: str
    real: str

    direction: ClassVar[Literal["lower"]] = "lower"
    undefined: ClassVar[str] = "there are fewer than two different examples"

    def columns(self) -> tuple[str, ...]:
        return self.generated, self.real

    def bind(self, examples: pd.DataFrame) -> Weighted:
        generated_ND, real_ND = vectors(examples, self.generated), vectors(examples, self.real)
        if generated_ND.shape != real_ND.shape:
            raise UserError(f"{self.generated} and {self.real} have different numbers of features")
        if len(examples) > MOST:
            raise UserError(f"a kernel distance compares all pairs; give it at most {MOST} examples")
        across_NN = _kernel(generated_ND, real_ND)
        pairs_NN = _kernel(generated_ND, generated_ND) + _kernel(real_ND, real_ND) - across_NN - across_NN.T
        np.fill_diagonal(pairs_NN, 0)

        def of(times_RN: np.ndarray) -> np.ndarray:
            pairs_R = times_RN.sum(axis=1) ** 2 - (times_RN**2).sum(axis=1)
            total_R = ((times_RN @ pairs_NN) * times_RN).sum(axis=1)
            return np.divide(total_R, pairs_R, out=np.full(len(times_RN), np.nan), where=pairs_R > 0)

        return of


def _kernel(x_ND: np.ndarray, y_ND: np.ndarray) -> np.ndarray:
    return np.asarray((x_ND @ y_ND.T / x_ND.shape[1] + 1) ** 3)

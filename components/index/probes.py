"""The number of lists of an inverted file to search for a wanted recall.

Legend: S sampled queries, D dimensions, K results.
"""

import numpy as np

from components.index.ivf import IvfBase

__all__ = ["calibrated"]

RECALL = 0.98  # the service asks for 0.95; queries differ from the rows
SAMPLED = 64
RESULTS = (10, 100)
NOISE = 0.5  # length of the noise added to sampled unit vectors, since a query is not in the gallery
TIE = 1e-5


def calibrated(base: IvfBase, recall: float = RECALL) -> dict[str, int]:
    """For 10 and for 100 results the fewest lists, a power of two, that reach `recall` against looking into all."""
    generator = np.random.default_rng(0)
    rows_S = np.sort(generator.choice(len(base), min(SAMPLED, len(base)), replace=False))
    query_SD = base.vectors(rows_S)
    noise_SD = generator.standard_normal(query_SD.shape).astype(np.float32)
    lengths_S1 = np.linalg.norm(query_SD, axis=1, keepdims=True)
    query_SD = query_SD + NOISE * lengths_S1 * noise_SD / np.linalg.norm(noise_SD, axis=1, keepdims=True)
    most = min(max(RESULTS), len(base))
    truth_SK, _ = base.search(query_SD, most, None, exact=True)
    probes_of: dict[str, int] = {}
    lists, probes = len(base.sizes_L), 1
    while len(probes_of) < len(RESULTS):
        scores_SK, _ = base.search_probing(query_SD, most, min(probes, lists))
        for k in RESULTS:
            last_S1 = truth_SK[:, min(k, most) - 1][:, None]
            share = float((scores_SK[:, : min(k, most)] >= last_S1 - TIE).mean())
            if str(k) not in probes_of and (share >= recall or probes >= lists):
                probes_of[str(k)] = min(probes, lists)
        probes *= 2
    return probes_of

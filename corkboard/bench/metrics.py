"""The gate's paired bootstrap of an AUC on 500,000 rows, beside scikit-learn's AUC with the same weights a resample."""

import time

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

ROWS, RESAMPLES = 500_000, 2000
PEER_RESAMPLES = 5  # of the two models; the time is scaled


def run(rows: int = ROWS, resamples: int = RESAMPLES) -> list[Row]:
    """Resample the AUC of two models."""
    import pandas as pd
    from sklearn.metrics import roc_auc_score

    from components.metrics import Auc
    from components.metrics.bootstrap import resampled

    generator = np.random.default_rng(0)
    label_N = (generator.random(rows) < 0.05).astype(float)
    examples = pd.DataFrame({"label": label_N})
    for model, noise in (("candidate", 1.0), ("champion", 1.1)):
        examples[model] = label_N + noise * generator.standard_normal(rows)
    started = time.perf_counter()
    models = [Auc(label="label", score=model).bind(examples) for model in ("candidate", "champion")]
    resampled(models, rows, resamples=resamples)
    ours_s = time.perf_counter() - started
    started = time.perf_counter()
    for _ in range(PEER_RESAMPLES):
        times_N = np.bincount(generator.integers(0, rows, rows), minlength=rows)
        for model in ("candidate", "champion"):
            roc_auc_score(label_N, examples[model], sample_weight=times_N)
    peer_s = (time.perf_counter() - started) / PEER_RESAMPLES * resamples
    metric = f"{resamples:,} paired resamples of AUC, {rows:,} rows"
    return [Row(metric, ours_s, peer_s, "s", f"scikit-learn, from {PEER_RESAMPLES} of them")]

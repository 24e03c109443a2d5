"""The gate's paired bootstrap of an AUC on 500,000 rows, beside scikit-learn's AUC with the same weights a resample."""

import time
from typing import Any

import numpy as np

__all__ = ["run"]

ROWS, RESAMPLES = 500_000, 2000
PEER_RESAMPLES = 5  # of the two models; the time is scaled


def run(rows: int = ROWS, resamples: int = RESAMPLES) -> list[dict[str, Any]]:
    """Rows `{bench, metric, ours, peer, peer_name, ratio, unit}`; the ratio is ours / peer."""
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
    return [
        {
            "bench": "metrics",
            "metric": f"{resamples:,} paired resamples of AUC, {rows:,} rows",
            "ours": round(ours_s, 2),
            "peer": round(peer_s, 2),
            "peer_name": f"scikit-learn, from {PEER_RESAMPLES} of them",
            "ratio": round(ours_s / peer_s, 4),
            "unit": "s",
        }
    ]

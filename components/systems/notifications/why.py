"""What moves the gain of each arm in total: how much each covariate adds to it or takes from it, in the mean of people.

Legend: N people, C columns, V covariates.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.systems.notifications.predictor import NotificationPredictor

__all__ = ["drawn"]

PICTURE = "why.png"
SHOWN = 10  # covariates of an arm


def drawn(predictor: NotificationPredictor, matrix_NC: NDArray[np.float32], out: Path) -> tuple[str, list[str]]:
    """The name of the picture, and a sentence of each arm."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5 * len(predictor.arms), 3.6), layout="constrained")
    notes = []
    for arm, axes in zip(predictor.arms, figure.subplots(1, len(predictor.arms), squeeze=False)[0], strict=True):
        usual, added_NV = predictor.reasons(arm, matrix_NC)
        moved = sorted(zip(np.abs(added_NV).mean(axis=0).tolist(), predictor.covariates.names, strict=True))[::-1]
        moved = [(size, name) for size, name in moved[:SHOWN] if size > 0]
        said = ", ".join(f"{name} by {size:.4f}" for size, name in moved[:3]) or "nothing that is known of people"
        notes.append(f"{arm}: the gain of whom nothing is known is {usual:.4f}; moved most by {said}")
        bars = axes.barh([name for _, name in moved], [size for size, _ in moved], color="#3b6ea5")
        axes.bar_label(bars, fmt="%.4f", padding=3, fontsize=8)
        axes.invert_yaxis()
        axes.margins(x=0.2)
        axes.set_title(f"{arm}: {usual:.4f} {predictor.outcome} of whom nothing is known")
        axes.set_xlabel("moves the gain by, in the mean of people")
        axes.xaxis.set_ticks([])
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    figure.savefig(out / PICTURE, dpi=110)
    return PICTURE, notes

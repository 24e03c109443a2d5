"""The baselines that the model is measured beside, learned from the data set's events.

Legend: U users, E events, B users asked about, N items.
"""

from collections.abc import Callable, Sequence

import numpy as np

from components.baselines import Log, Scorer, popularity, transitions
from components.system import Progress
from components.systems.user_sequence.evaluation_config import Baseline, EvaluationConfig
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.protocol import examples_of, is_positive
from components.systems.user_sequence.tokens import NO_TIME
from data.errors import UserError
from data.project import home

__all__ = ["log_of", "rivals", "seen_by"]

BEFORE = {"validation": ("train",), "test": ("train", "validation")}  # splits that end before one begins


def log_of(histories: Histories, items: int, positive: Sequence[str] | None) -> Log:
    """The positive events of `histories` (all but hide, if `positive` is None)."""
    kept_E = is_positive(histories, positive)
    before_E1 = np.concatenate([[0], np.cumsum(kept_E)])
    time_s_E = histories.time_s_E[kept_E]
    timed = len(time_s_E) > 0 and bool((time_s_E != NO_TIME).all())
    return Log(before_E1[histories.offset_U1], histories.item_E[kept_E], time_s_E if timed else None, items)


def seen_by(split: str, config: EvaluationConfig) -> tuple[str, ...]:
    """The splits that baselines learn from where `split` is asked for."""
    return ("train",) if config.baselines_see == "train" else BEFORE[split]


def rivals(
    histories: Histories, items: int, split: str, config: EvaluationConfig, progress: Progress
) -> dict[Baseline, Callable[[], Scorer]]:
    """For each baseline of `config` that does not ask for the time, what makes it; the others are `timed_rivals`.

    All learn from the training split alone, as the model does, or with `baselines_see: known` from all before `split`.
    `popularity_with_held_out` counts every event, those asked for included: it is no fair rival, and the one that the
    published figure of popularity on Beauty (HR@10 .0152) is reproduced by.
    """
    log = log_of(histories.within(*seen_by(split, config)), items, config.positive)
    makers: dict[Baseline, Callable[[], Scorer]] = {
        "popularity": lambda: popularity(log),
        "popularity_with_held_out": lambda: popularity(log_of(histories, items, config.positive)),
        "transitions": lambda: transitions(log, config.graph),
        "sasrec": lambda: _sasrec(histories, items, config, progress),
    }
    return {name: makers[name] for name in config.baselines if name in makers}


def _sasrec(histories: Histories, items: int, config: EvaluationConfig, progress: Progress) -> Scorer:
    """Trained on the training split and stopped by validation, whatever the others see."""
    from components.baselines.sasrec.train import sasrec  # trains, which needs torch

    asked = examples_of(histories, "validation", config.positive)
    first_T = np.unique(asked.owner_T, return_index=True)[1]
    inputs = [
        histories.item_E[first:stop] for first, stop in zip(asked.first_B.tolist(), asked.stop_B.tolist(), strict=True)
    ]
    log = log_of(histories.within("train"), items, config.positive)
    if any(len(np.unique(history)) == items for history in log.histories()):
        raise UserError(
            f"a user did something with all {items} items, so that none is left as a negative for the baseline sasrec; "
            "leave it out of evaluation.baselines"
        )

    def told(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        progress(f"{doing} the baseline sasrec", done, total, figures)

    return sasrec(log, (inputs, asked.target_T[first_T]), config.sasrec, home() / "cache" / "baselines", told)

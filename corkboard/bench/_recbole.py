"""RecBole's SASRec with its own settings, trained until its validation NDCG@10 reaches a target.

Run as `python _recbole.py FOLDER TARGET LIMIT_S THREADS` by an interpreter that has RecBole; FOLDER holds
`events/events.inter`. Prints JSON lines {"seconds", "events", "ndcg"}: since the start of the training, validations
included; events predicted so far; null between validations.
"""

import json
import sys
import time
from typing import Any

__all__ = ["main"]

SETTINGS = {
    "model": "SASRec",
    "dataset": "events",
    "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
    "USER_ID_FIELD": "user_id",
    "ITEM_ID_FIELD": "item_id",
    "TIME_FIELD": "timestamp",
    "MAX_ITEM_LIST_LENGTH": 50,
    "train_neg_sample_args": None,  # full softmax, as the model's own settings have it
    "eval_args": {"split": {"LS": "valid_and_test"}, "group_by": "user", "order": "TO", "mode": "full"},
    "metrics": ["NDCG"],
    "topk": [10],
    "valid_metric": "NDCG@10",
    "metric_decimal_place": 6,
    "use_gpu": False,
    "show_progress": False,
    "state": "ERROR",
    "epochs": 300,
}


class Reached(Exception):
    """The target, or the limit of time."""


def main(folder: str, target: float, limit_s: float, threads: int) -> None:
    """Train and print."""
    import numpy as np
    import torch

    old_names: Any = np
    old_names.float_, old_names.complex_, old_names.unicode_ = np.float64, np.complex128, np.str_  # gone since NumPy 2
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.utils import get_model, get_trainer, init_seed

    torch.set_num_threads(threads)
    config = Config(config_dict={**SETTINGS, "data_path": folder, "checkpoint_dir": f"{folder}/saved"})
    init_seed(config["seed"], True)
    training, validation, _ = data_preparation(config, create_dataset(config))
    model: Any = get_model("SASRec")(config, training.dataset)
    trainer: Any = get_trainer(config["MODEL_TYPE"], "SASRec")(config, model)
    started, events = time.perf_counter(), 0
    bare_loss = model.calculate_loss

    def report(ndcg: float | None) -> None:
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "events": events, "ndcg": ndcg}), flush=True)  # noqa: T201
        if seconds > limit_s or (ndcg is not None and ndcg >= target):
            raise Reached

    def counted_loss(interaction: Any) -> Any:
        nonlocal events
        loss = bare_loss(interaction)
        events += len(interaction)
        if time.perf_counter() - started > limit_s:
            report(None)
        return loss

    model.calculate_loss = counted_loss
    try:
        trainer.fit(
            training, validation, saved=False, show_progress=False, callback_fn=lambda _, score: report(float(score))
        )
    except Reached:
        return


if __name__ == "__main__":
    given_folder, given_target, given_limit, given_threads = sys.argv[1:]
    del sys.argv[1:]  # RecBole reads settings from there
    main(given_folder, float(given_target), float(given_limit), int(given_threads))

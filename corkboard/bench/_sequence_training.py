"""Our user-sequence system, trained until its validation NDCG@10 reaches a target; `_recbole.py` prints the same.

Run as `python -m corkboard.bench._sequence_training DATASET TARGET LIMIT_S THREADS FOLDER`.
"""

import json
import sys
import time
from pathlib import Path

__all__ = ["main"]

NDCG = "validation/ndcg_at_10"


class Reached(Exception):
    """The target, or the limit of time."""


def main(name: str, target: float, limit_s: float, threads: int, folder: Path) -> None:
    """Train and print."""
    import torch

    from components.lifecycle.plan import make_plan
    from components.system import load_system
    from components.systems.user_sequence.tables import read_catalogue, read_histories
    from data.versioned import bring

    torch.set_num_threads(threads)
    dataset = bring(name)
    system = load_system("user-sequence")
    config = system.Config.model_validate(make_plan("user-sequence", name).config)
    trained = read_histories(dataset, read_catalogue(dataset).item_ids).within("train")
    predicted = len(trained.item_E) - int((trained.offset_U1[1:] > trained.offset_U1[:-1]).sum())
    started = time.perf_counter()

    def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:  # noqa: ARG001
        if doing != "fit":
            return
        seconds = time.perf_counter() - started
        ndcg = figures.get(NDCG)
        print(json.dumps({"seconds": seconds, "events": done * predicted, "ndcg": ndcg}), flush=True)  # noqa: T201
        if seconds > limit_s or (ndcg is not None and ndcg >= target):
            raise Reached

    for part in ("work", "bundle"):
        (folder / part).mkdir()
    try:
        system.fit(dataset, config, folder / "work", folder / "bundle", progress)
    except Reached:
        return


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))

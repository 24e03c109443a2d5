"""Our system that recommends, trained until its validation NDCG@10 reaches a target; `_recbole.py` prints the same.

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
    from components.roles import RECOMMEND
    from components.system import load_system
    from data.versioned import bring
    from serving.discovery.declared import filling

    torch.set_num_threads(threads)
    dataset = bring(name)
    system = load_system(filling(RECOMMEND))
    config = system.Config.model_validate(make_plan(system.name, name).config)
    events = dataset.table("events").select(["user_id", "split"]).to_pandas()
    trained = events[events["split"] == "train"]
    predicted = len(trained) - trained["user_id"].nunique()  # all but everybody's first
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

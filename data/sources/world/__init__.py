"""The world: a seeded simulator that renders garments, home objects and whole scenes, with the truth known.

It is never reported as a result on real data.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the workers that render import this package: they need neither pandas nor pydantic
    from data.params import WorldParams
    from data.sources.raw import Raw

__all__ = ["read"]


def read(
    params: "WorldParams", out: Path, progress: Callable[[str, int, int], None], workers: int | None = None
) -> "Raw":
    """Render the world of `params` below `out` and return its rows; splits are left to be assigned.

    Writes `images/<item>.jpg` and `masks/<item>.png`, `params.size_px` square. The same parameters give the same
    bytes, whatever the number of `workers` (by default one a core).
    """
    import pandas as pd

    from data.sources.raw import Raw
    from data.sources.world.rendering import jobs, render

    rows = render(jobs(params.seed, params.objects, params.scenes, params.size_px), out, progress, workers)
    regions = [region for row in rows for region in row.regions]
    return Raw(
        items=pd.DataFrame([row.item for row in rows]),
        regions=pd.DataFrame(regions),
        simulated=True,
        report={"labels": dict(sorted(Counter(region["label"] for region in regions).items()))},
    )

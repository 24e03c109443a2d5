"""Damaged pictures: excluded from a data set where its entry allows that, up to a share, and reported by name."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from data.errors import UserError
from data.params import CatalogueParams, Damaged, DatasetParams, ImageFolderParams
from data.probe import Probe

__all__ = ["allowed_share", "exclude_damaged"]

MOST_NAMED = 5


def allowed_share(params: DatasetParams) -> float | None:
    """The largest share of pictures that may be left out; None where every one has to decode."""
    if not isinstance(params, CatalogueParams | ImageFolderParams) or params.damaged is None:
        return None
    return (Damaged() if params.damaged == "exclude" else params.damaged).largest_share


def exclude_damaged(items: pd.DataFrame, probes: Sequence[Probe], allowed: float) -> tuple[pd.Series, dict[str, Any]]:
    """Splits in which every damaged picture is `excluded`, and the report that names each with its problem.

    Raises:
        UserError: more than the share `allowed` are damaged; names some.
    """
    problems = pd.Series([probe.problem for probe in probes], items.index, object)
    bad = items[problems.notna()].assign(problem=problems)
    named = bad[["item_id", "image", "problem"]].to_dict("records")
    share = len(bad) / len(items) if len(items) else 0.0
    if share > allowed:
        some = "; ".join(f"{one['image']} {one['problem']}" for one in named[:MOST_NAMED])
        more = f"; and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        raise UserError(
            f"{len(named)} of {len(items)} pictures ({100 * share:.3g} %) are damaged, and `damaged` in params.yaml "
            f"allows {100 * allowed:.3g} %: {some}{more}. Correct or remove them, or allow a larger share"
        )
    report = {"count": len(named), "share": share, "largest_share": allowed, "pictures": named}
    return items["split"].mask(problems.notna(), "excluded"), report

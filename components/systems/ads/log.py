"""The log as training and evaluation read it: its columns by name, as a request would give them.

Legend: N impressions.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
from numpy.typing import NDArray

from components.systems.ads.config import IDS, POSITION, SignalConfig
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["check_names", "columns_of", "impressions_of", "kept_share", "labels", "seconds"]


def impressions_of(dataset: Dataset, splits: Sequence[str]) -> pd.DataFrame:
    """Impressions of some splits, in order of their ids."""
    table = dataset.table("ad_impressions")
    rows = table.filter(compute.is_in(table["split"], pa.array(splits))).to_pandas()
    return rows.sort_values("impression_id", ignore_index=True)


def columns_of(rows: pd.DataFrame, config: SignalConfig) -> Mapping[str, Sequence[str]]:
    """Of each name that the signals need its values; "" where the log does not have it."""
    features = [dict(pairs) for pairs in rows["features"]]
    position = pd.to_numeric(rows["position"], errors="coerce").fillna(0).astype(int).astype(str)
    own = {name: rows[name].tolist() for name in IDS} | {POSITION: position.tolist()}
    return {
        name: own[name] if name in own else [given.get(name, "") for given in features] for name in names_of(config)
    }


def names_of(config: SignalConfig) -> tuple[str, ...]:
    """The columns that the signals are made of."""
    return tuple(dict.fromkeys((*(name for rate in config.rates for name in rate), *config.numbers, *config.flags)))


def check_names(rows: pd.DataFrame, config: SignalConfig) -> None:
    """Raise `UserError` where signals name what no row of the log has."""
    known = {name for pairs in rows["features"] for name in dict(pairs)} | {*IDS, POSITION}
    missing = [name for name in names_of(config) if name not in known]
    if missing:
        raise UserError(f"the log has no feature {missing[0]!r}, only {', '.join(sorted(known))}; correct `signals`")


def kept_share(rows: pd.DataFrame) -> float:
    """Share of impressions without a click that the log holds, all of whose clicks are in it."""
    others = rows.loc[~rows["click"], "weight"]
    return float(len(others) / others.sum()) if len(others) else 1.0


def labels(rows: pd.DataFrame, head: str) -> NDArray[np.bool_]:
    return rows[head].astype("boolean").fillna(False).to_numpy(bool)


def seconds(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """A column (N,) of times; nan where the log does not say."""
    return pd.to_numeric(rows[name], errors="coerce").to_numpy(float, na_value=np.nan)

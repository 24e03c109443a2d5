"""Kinds of raw data and how they become tables: one module per source, with `read(params, out, progress) -> Raw`."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from data.sources.raw import Progress, Raw

if TYPE_CHECKING:  # processes that render import this package: they need neither pandas nor pydantic
    from data.params import DatasetParams

__all__ = ["read"]


def read(params: "DatasetParams", out: Path, progress: Progress) -> Raw:
    """Read the source that `params` names: it writes its files below `out` and returns rows or a log."""
    raw = import_module(f"data.sources.{params.source}").read(params, out, progress)
    assert isinstance(raw, Raw)
    return raw

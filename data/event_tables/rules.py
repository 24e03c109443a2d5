"""How a data set's log is split and cleaned, and the removal of its files once the tables are built."""

from dataclasses import dataclass
from pathlib import Path

from data.params import DatasetParams, EventLogParams, LogSplits, SequencesParams, WorldParams
from data.sources.raw import Log

__all__ = ["Rules", "remove_spent", "rules_of"]


@dataclass(frozen=True)
class Rules:
    """How a log is split, and whether duplicates (same user, item, action and time) are dropped."""

    splits: LogSplits
    drop_duplicates: bool = False


def rules_of(params: DatasetParams) -> Rules:
    """The rules of a data set whose source returns a log."""
    if isinstance(params, EventLogParams):
        return Rules(params.splits, params.duplicates == "drop")
    if isinstance(params, SequencesParams):
        return Rules(params.splits)
    assert isinstance(params, WorldParams)
    assert params.behaviour is not None
    return Rules(params.behaviour.splits)


def remove_spent(log: Log, out: Path) -> None:
    """Remove the files of `log` below the data set's folder `out`, and the folders that become empty."""
    for path in (*log.events, *log.items):
        if not path.is_relative_to(out):
            continue
        path.unlink()
        for folder in path.parents:
            if folder == out or any(folder.iterdir()):
                break
            folder.rmdir()

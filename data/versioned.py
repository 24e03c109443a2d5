"""Data sets versioned by DVC: taken from its cache or remote, or prepared, and named by their hash."""

import time
from pathlib import Path
from typing import Any

from data.dataset import Dataset, open_dataset, read_card
from data.documents import read_yaml
from data.erased import drop_cached, holders
from data.errors import UserError, unknown
from data.files import write_text
from data.locks import locked
from data.origin import is_current, origins_of
from data.params import load
from data.project import root, store
from data.repository import DvcError, beside, configure, has_cache, has_remote, run_dvc
from data.sources.raw import Progress
from data.stamp import is_stamped, stamp

__all__ = ["bring", "current", "former", "prepared", "reproduce", "version"]

STALE = "stale"


def bring(name: str, progress: Progress | None = None) -> Dataset:
    """Reproduce the stage of data set `name` and open its output; does nothing where nothing changed.

    Raises:
        UserError: an unknown name, raw data that is missing or not usable, a full disk.
    """
    reproduce(name, progress)
    return current(name)


def current(name: str) -> Dataset:
    """Open data set `name` as it lies there, without looking whether it is up to date; `UserError` if it is not."""
    recorded = version(name)
    if recorded is None:
        raise UserError(f"data set {name!r} is not prepared; run `corkboard data get {name}`")
    return open_dataset(name, store() / name, recorded)


def version(name: str) -> str | None:
    """DVC's hash of data set `name` in `dvc.lock`; None if it was never prepared."""
    stage = _locked_stage(name)
    return str(stage["outs"][0]["md5"]).removesuffix(".dir") if stage else None


def prepared(name: str) -> bool:
    """Whether some version of data set `name` lies ready, up to date or not."""
    return version(name) is not None and read_card(store() / name) is not None


def reproduce(name: str, progress: Progress | None = None) -> bool:
    """Make data set `name` up to date, one at a time in a checkout; returns whether anything had to be made."""
    progress = progress or _silent
    datasets = load().datasets
    if name not in datasets:
        raise unknown("data set", name, datasets)
    params = datasets[name]
    origins_of(params)  # raises before anything else is done if a file is missing
    read_yaml(root() / "dvc.yaml")  # likewise if a merge was left open
    with locked(root() / ".dvc" / "tmp" / "corkboard.lock", lambda: progress("wait for another preparation", 0, 0)):
        stage = _locked_stage(name)
        if stage and (store() / name).is_dir() and is_stamped(name, params, stage):
            return False
        configure()
        made = _restore(name, progress)
        if prepared(name) and not is_current(params, _prepared_from(name)):
            # DVC does not look outside the checkout. A file too many makes it see that the folder has to be prepared
            # anew; --force would too, but removes the former data first.
            write_text(store() / name / STALE, "the raw data has changed\n")
        former = version(name) if prepared(name) else None
        holding = former is not None and bool(holders(name, store() / name, int(time.time())))
        if holding:
            write_text(store() / name / STALE, "somebody was erased since\n")
        made |= _repro(name, progress)
        if holding:
            assert former is not None
            drop_cached(former, str(version(name)))
        if not is_current(params, _prepared_from(name)):
            raise UserError(f"the files of data set {name!r} changed while they were prepared; run this again")
        stage = _locked_stage(name)
        assert stage is not None
        stamp(name, params, stage)
    return made


def former(name: str, wanted: str, folder: Path, progress: Progress | None = None) -> Path | None:
    """Bring version `wanted` of data set `name` below `folder` from DVC's remote or cache; None if neither holds it."""
    if not (has_remote() or has_cache()):
        return None
    beside(folder)
    write_text(folder / f"{name}.dvc", f"outs:\n- {{md5: {wanted}.dir, path: {name}, hash: md5}}\n")
    try:
        run_dvc(["pull" if has_remote() else "checkout", f"{name}.dvc"], progress or _silent, folder)
    except DvcError:
        return None
    return folder / name if read_card(folder / name) is not None else None


def _repro(name: str, progress: Progress) -> bool:
    return "didn't change, skipping" not in run_dvc(["repro", _stage(name)], progress)


def _restore(name: str, progress: Progress) -> bool:
    """In a fresh checkout: take what `dvc.lock` names from DVC's remote or cache, if it is there."""
    if version(name) is None or (store() / name).exists() or not (has_remote() or has_cache()):
        return False
    progress("restore from DVC", 0, 0)
    try:
        run_dvc(["pull" if has_remote() else "checkout", _stage(name)], progress)
    except DvcError:
        progress("not in DVC's cache or remote", 0, 0)
        return False
    return read_card(store() / name) is not None


def _prepared_from(name: str) -> str | None:
    card = read_card(store() / name)
    return card["report"].get("origin_sha256") if card else None


def _locked_stage(name: str) -> dict[str, Any] | None:
    path = root() / "dvc.lock"
    if not path.is_file():
        return None
    lock = read_yaml(path) or {}
    stages = lock.get("stages") if isinstance(lock, dict) else None
    if not isinstance(stages, dict | None):
        raise UserError(f"{path} is no lock file of DVC; restore it, such as by `git checkout dvc.lock`")
    return (stages or {}).get(_stage(name))


def _stage(name: str) -> str:
    return f"prepare@{name}"


def _silent(_what: str, _done: int, _total: int) -> None:
    pass

"""Which challengers are served, in a file for each system, and what their requests came to so far."""

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from data.files import write_json
from data.locks import locked
from data.params import Strict
from data.project import home

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "Arm",
    "Canary",
    "Live",
    "allow",
    "allowed",
    "canaries",
    "changing",
    "forbid",
    "live_of",
    "running",
    "save",
    "save_live",
]

CHAMPION: Literal["champion"] = "champion"
CHALLENGER: Literal["challenger"] = "challenger"


class Canary(Strict):
    """A challenger. share: of the people; 0 in shadow. experiment: by whose name people are divided.

    by_policy: it is promoted as soon as the experiment says so. ended_s, why: None while it is served.
    """

    system: str
    version: int
    mode: Literal["canary", "shadow"]
    share: float
    experiment: str
    by_policy: bool
    started_s: int
    ended_s: int | None = None
    why: str | None = None


class Arm(Strict):
    """Requests that a service answered. ms, ms2: sums of the durations and of their squares."""

    requests: int = 0
    errors: int = 0
    ms: float = 0.0
    ms2: float = 0.0

    def after(self, failed: bool, ms: float) -> "Arm":
        return Arm(requests=self.requests + 1, errors=self.errors + failed, ms=self.ms + ms, ms2=self.ms2 + ms * ms)


class Live(Strict):
    """Both services since the process that passes requests on began. same, other: answers in shadow that were equal to
    the champion's and that were not; skipped: requests that were not repeated, since too many were.
    """

    champion: Arm = Arm()
    challenger: Arm = Arm()
    same: int = 0
    other: int = 0
    skipped: int = 0


def allow(canary: Canary) -> None:
    """Let a challenger be served."""
    write_json(_allowance(canary), {})


def allowed(canary: Canary) -> bool:
    return _allowance(canary).is_file()


def forbid(canary: Canary) -> None:
    """Have the challenger served to nobody from now on, even after a restart: on a full disk its end cannot be written,
    but a file can be deleted.
    """
    _allowance(canary).unlink(missing_ok=True)


def running(system: str) -> Canary | None:
    """The challenger that is served."""
    found = next((one for one in canaries() if one.system == system), None)
    return found if found is not None and found.ended_s is None else None


def canaries() -> list[Canary]:
    """The latest challenger of each system, whether it is served or not."""
    files = sorted(_folder().glob("*.json"))
    return [Canary.model_validate(json.loads(file.read_text(encoding="utf-8"))) for file in files]


def save_live(canary: Canary, live: Live) -> None:
    write_json(_live(canary), live.model_dump())


def live_of(canary: Canary) -> Live:
    try:
        return Live.model_validate(json.loads(_live(canary).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Live()


def _allowance(canary: Canary) -> Path:
    return _folder() / "allowed" / f"{canary.experiment}.json"


def _live(canary: Canary) -> Path:
    return _folder() / "live" / f"{canary.experiment}.json"


def _folder() -> Path:
    return home() / "canary"


def save(canary: Canary) -> None:
    write_json(_folder() / f"{canary.system}.json", canary.model_dump())


def changing() -> AbstractContextManager[None]:
    return locked(home() / "locks" / "canary.lock", lambda: None)

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
    "end",
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
    if share is not None and not 0 < share < 1:
        raise UserError(f"a share of {share:.0%} is none; give one above 0 % and below 100 %")
    known = mended(system)
    release, champion = find(known, system, version), champion_of(known)
    if champion is None:
        raise UserError(f"{system} has no champion to be compared with; run `corkboard run {system}` first")
    if champion.version == version:
        raise UserError(f"version {version} of {system} is the champion; give another as the challenger")
    if why_not := refusal(release):
        raise UserError(f"version {version} of {system} {why_not}, so that it is served to nobody")
    if release.bento is None:
        raise UserError(
            f"version {version} of {system} is not proven; `corkboard promote {system} {version}` proves it, and "
            f"`corkboard rollback {system}` brings version {champion.version} back"
        )
    now_s = int(time.time()) if now_s is None else now_s
    with _changing():
        other = running(system)
        if other is not None:
            raise UserError(
                f"version {other.version} of {system} is a challenger already; `corkboard canary stop {system}` first"
            )
        made = Canary(
            system=system,
            version=version,
            mode="shadow" if share is None else "canary",
            share=share or 0.0,
            experiment=f"canary-{system}-{version}-{now_s}",
            by_policy=by_policy,
            started_s=now_s,
        )
        if share is not None:
            opened_store().start(design(made), now_s)
        allow(made)
        _save(made)
    return made


def design(canary: Canary) -> Experiment:
    """The experiment of a canary; it may be looked at whenever somebody likes."""
    mean = {"kind": "mean", "column": "wishes"}
    return Experiment.model_validate(
        {
            "name": canary.experiment,
            "layer": f"canary-{canary.system}",
            "arms": {CHAMPION: 1 - canary.share, CHALLENGER: canary.share},
            "metrics": [
                {"name": "wishes", "statistic": mean, "direction": "higher"},
                {"name": "answered", "statistic": _ratio("answered"), "direction": "higher"},
                {"name": "ms", "statistic": _ratio("ms"), "direction": "lower"},
            ],
            "guardrails": GUARDRAILS,
            "days": DAYS,
            "looks": "always",
        }
    )


def _ratio(column: str) -> dict[str, str]:
    return {"kind": "ratio", "numerator": column, "denominator": "requests"}


def end(system: str, why: str, now_s: int | None = None) -> Canary:
    """Serve the challenger no more; raises `UserError` if there is none."""
    with _changing():
        canary = running(system)
        if canary is None:
            raise UserError(
                f"{system} has no challenger; `corkboard canary start {system} VERSION --share 5%` serves one"
            )
        ended = canary.model_copy(update={"ended_s": int(time.time()) if now_s is None else now_s, "why": why})
        if canary.mode == "canary":
            opened_store().stop(canary.experiment, ended.ended_s)
        _save(ended)
        forbid(canary)
    return ended


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

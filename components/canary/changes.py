"""How a challenger begins and ends, and the experiment that it is."""

import time

from components.canary.state import CHALLENGER, CHAMPION, Canary, allow, changing, forbid, running, save
from components.experiments.design import Experiment
from components.experiments.steps import opened_store
from components.lifecycle.registry import champion_of, find, mended
from components.lifecycle.rollback import refusal
from data.errors import UserError

__all__ = ["GUARDRAILS", "design", "end", "start"]

DAYS = 14
GUARDRAILS = {"answered": 0.01, "ms": 0.2}  # relative worsening that is too much


def start(system: str, version: int, share: float | None, by_policy: bool = False, now_s: int | None = None) -> Canary:
    """Let a version be served beside the champion. share: of the people; None: in shadow.

    Raises:
        UserError: the share is not between 0 and 1, there is no such version, it is the champion, was refused or never
            proven, or another one is a challenger already.
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
    with changing():
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
        save(made)
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
    with changing():
        canary = running(system)
        if canary is None:
            raise UserError(
                f"{system} has no challenger; `corkboard canary start {system} VERSION --share 5%` serves one"
            )
        ended = canary.model_copy(update={"ended_s": int(time.time()) if now_s is None else now_s, "why": why})
        if canary.mode == "canary":
            opened_store().stop(canary.experiment, ended.ended_s)
        save(ended)
        forbid(canary)
    return ended

"""`corkboard canary`: serve a challenger beside the champion, to some people or in shadow."""

from typing import TYPE_CHECKING, Annotated

import typer

from corkboard.options import AsJson

if TYPE_CHECKING:
    from components.canary.judge import Standing
    from corkboard.output import Answer

__all__ = ["app", "share_of"]

app = typer.Typer(help="A challenger beside the champion: start, status, stop, promote.", no_args_is_help=True)
System = Annotated[str, typer.Argument(help="The system.")]


@app.command("start")
def start(
    system: System,
    version: Annotated[int, typer.Argument(min=1, help="A released version that is not the champion.")],
    share: Annotated[str | None, typer.Option(help="Of the people, such as 5%; the same people each time.")] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Repeat requests to it, and show its answers to nobody.")
    ] = False,
    by_policy: Annotated[
        bool, typer.Option("--promote", help="Promote it once people wish for more and no guardrail is open.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let `corkboard serve --follow` serve a version beside the champion; a broken guardrail stops it by itself."""
    from components.canary.changes import start as begin
    from corkboard.output import answering
    from data.errors import UserError

    with answering(as_json) as answer:
        if shadow == (share is not None):
            raise UserError("give --share, such as 5%, or --shadow")
        if shadow and by_policy:
            raise UserError("nobody sees what is in shadow, so that no policy can promote it; leave --promote out")
        _check(system)
        made = begin(system, version, None if share is None else share_of(share), by_policy)
        answer.document(made.model_dump())
        where = "in shadow" if made.mode == "shadow" else f"to {made.share:.3g} of all people"
        answer.text(f"version {version} of {system} is served {where} by `corkboard serve --follow`")


@app.command("status")
def status(
    system: Annotated[str | None, typer.Argument(help="The system; by default all.")] = None, as_json: AsJson = False
) -> None:
    """Say how challengers stand beside the champion. Looking as often as one likes changes nothing."""
    from components.canary.judge import standing
    from components.canary.state import canaries
    from corkboard.output import answering

    with answering(as_json) as answer:
        if system is not None:
            _check(system)
        found = [standing(one) for one in canaries() if system in (None, one.system)]
        answer.document([one.model_dump(mode="json") for one in found])
        for one in found:
            _told(one, answer)
        if not found:
            answer.text("there is no challenger, and there was none")


@app.command("stop")
def stop(system: System, as_json: AsJson = False) -> None:
    """Serve the challenger no more; everybody is answered by the champion again."""
    from components.canary.changes import end
    from corkboard.output import answering

    with answering(as_json) as answer:
        _check(system)
        ended = end(system, "somebody stopped it")
        answer.document(ended.model_dump())
        answer.text(f"version {ended.version} of {system} is no challenger any more")


@app.command("promote")
def promote(system: System, as_json: AsJson = False) -> None:
    """Make the challenger the champion."""
    from components.canary.judge import promote as make_champion
    from components.canary.state import running
    from corkboard.output import answering
    from corkboard.releases import announce
    from data.environment import set_environment
    from data.errors import UserError

    with answering(as_json) as answer:
        set_environment()
        _check(system)
        canary = running(system)
        if canary is None:
            raise UserError(
                f"{system} has no challenger; `corkboard canary start {system} VERSION --share 5%` serves one"
            )
        make_champion(canary)
        announce(system, canary.version)
        answer.document({"system": system, "version": canary.version})
        answer.text(f"version {canary.version} of {system} is the champion")


def share_of(text: str) -> float:
    """`5%` or `0.05` as a share; raises `UserError` for what is none."""
    from data.errors import UserError

    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise UserError(f"--share is {text!r}; give a share of the people, such as 5% or 0.05") from None


def _check(system: str) -> None:
    from components.settings import system_names
    from data.errors import unknown

    if system not in system_names():
        raise unknown("system", system, system_names())


def _told(one: "Standing", answer: "Answer") -> None:
    from components.experiments.report import interval_text

    canary, live = one.canary, one.live
    where = "in shadow" if canary.mode == "shadow" else f"{canary.share:.3g} of all people"
    state = "is served" if canary.ended_s is None else f"was stopped: {canary.why}"
    answer.text(f"{canary.system} version {canary.version}, {where}, {state}")
    answer.table(
        ("", "requests", "failed", "mean, ms"),
        [
            (name, f"{arm.requests:,}", f"{arm.errors:,}", f"{arm.ms / arm.requests:,.1f}" if arm.requests else "")
            for name, arm in (("champion", live.champion), ("challenger", live.challenger))
        ],
    )
    if canary.mode == "shadow":
        answer.text(f"same     {live.same:,} answers, other {live.other:,}, not repeated {live.skipped:,}")
    for row in one.report.comparisons if one.report else ():
        answer.text(f"{row.metric:8} {row.relative:+.2%} ({interval_text(row.low, row.high)}): {row.verdict}")
    answer.text(one.report.decision if one.report else f"open     {one.open}")

"""`corkboard monitor`: what is served, beside what was trained on."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from corkboard.options import AsJson

if TYPE_CHECKING:
    from components.monitor.report import Report
    from corkboard.output import Answer

__all__ = ["monitor"]

STEPS = ("collect", "check", "compare", "record")


def monitor(
    system: Annotated[str | None, typer.Argument(help="The system to look at; by default all.")] = None,
    days: Annotated[int, typer.Option(min=1, max=35, help="How many days back the report goes.")] = 14,
    demo: Annotated[bool, typer.Option("--demo", help="Look at a simulated world, whose changes are known.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare requests, answers and what people did with training; say what changed, is late, fails or is old.

    Ends with 0 whether something is wrong or not, and with 1 if nothing could be looked at.
    """
    import time

    from components.monitor.steps import Monitored
    from components.settings import system_names
    from corkboard.output import answering
    from data.environment import set_environment
    from data.errors import UserError, unknown

    with answering(as_json) as answer:
        if system is not None and system not in system_names():
            raise unknown("system", system, system_names())
        if demo and system is not None:
            raise UserError("--demo looks at a simulated world, which has no systems; leave the system out")
        set_environment()
        from corkboard.servers import servers
        from corkboard.watch import watching_terminal
        from flows.here import run_here

        server, pages = servers()
        given: dict[str, Any] = {"system": system, "days": days, "demo": demo, "now_s": int(time.time())}
        with watching_terminal(STEPS[2:] if demo else STEPS) as watch:
            run_here(_flow, given, server, watch, ("mlflow",))
        result = watch.summary
        assert isinstance(result, Monitored)
        answer.document(result.model_dump(mode="json"))
        if result.report is not None and result.recorded is not None:
            _told(result.report, answer)
            answer.text(f"page     {result.recorded.page}")
            answer.text(
                f"mlflow   run {result.recorded.run_id} at {pages or 'http://127.0.0.1:5000, after `corkboard up`'}"
            )
        if result.error:
            raise UserError(result.error)


def _flow() -> Any:
    from flows.monitor import monitor as flow

    return flow


def _told(found: "Report", answer: "Answer") -> None:
    rows = [
        (
            one.name,
            f"{one.points[-1].size:.3g}",
            f"{one.points[-1].limit:.3g}",
            "" if one.since_s is None else "lasting" if one.lasting else "passed",
            ", ".join(one.systems),
        )
        for one in found.series
    ]
    answer.table(("signal", "now", "limit", "", "concerns"), rows)
    answer.table(
        ("route", "requests", "p50, ms", "p99, ms", "failed"),
        [
            (one.route, f"{one.requests:,}", f"{one.p50_ms:,.1f}", f"{one.p99_ms:,.1f}", f"{one.errors:.2%}")
            for one in found.routes
        ],
    )
    if found.trial:
        for course in found.trial.courses:
            seen = "was not seen" if course.hours is None else f"was seen after {course.hours:.0f} hours"
            answer.text(f"change   {course.change} {seen} {', '.join(course.signals)}")
        answer.text(f"quiet    {found.trial.quiet_days} days, {len(found.trial.false_alarms)} false alarms")
    for note in found.notes:
        answer.text(f"note     {note}")
    for alarm in found.alarms:
        answer.text(f"alarm    {alarm}")
    if not found.alarms:
        answer.text("all is well")

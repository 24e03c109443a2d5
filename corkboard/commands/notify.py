"""`corkboard notify`: plan a week of messages, and send it where that is asked for."""

from typing import Annotated

import typer

from corkboard.options import AsJson

__all__ = ["notify"]


def notify(
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--send", help="Show the plan only, or let it wait in the outbox and send.")
    ] = True,
    week: Annotated[
        str | None, typer.Option(help="Of ISO 8601, such as 2026-W48; by default that which begins next, or today.")
    ] = None,
    volume: Annotated[int, typer.Option(min=0, help="The most messages to everybody together.")] = 1000,
    cap: Annotated[int, typer.Option(min=1, max=7, help="The most messages to a person, one a day.")] = 3,
    per_second: Annotated[float, typer.Option(min=0.01, help="The most messages handed over in a second.")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Plan who is told what in a week, and send what is due: by e-mail, by push and on the page.

    In a dry run, who has not said how they may be told things counts as if they took every channel.
    """
    from corkboard.output import answering
    from data.environment import set_environment

    with answering(as_json) as answer:
        set_environment()
        from components.lifecycle.call import plainly
        from components.volume.weekly import notify as notify_week
        from components.volume.weekly import week_plan

        wanted = week_plan(week=week, volume=volume, cap=cap, per_second=per_second, dry_run=dry_run)
        result = notify_week(wanted, plainly)
        planned = result.planned
        answer.document(result.model_dump(mode="json"))
        rows = [
            (f"{row.send_at:%Y-%m-%d %H:%M}", row.user_id, row.channel, row.arm, ", ".join(row.item_ids), row.reason)
            for row in planned.first
        ]
        if rows:
            answer.table(("send at (UTC)", "person", "channel", "arm", "pictures", "why"), rows)
        for note in planned.notes:
            answer.text(note)
        answer.text(f"week     {planned.week}: {planned.messages} of {result.volume} messages, {planned.people} people")
        answer.text(f"plan     {planned.file}")
        if result.sent is None:
            answer.text(
                "sent     nothing, this is a dry run; --send lets the messages wait and sends those that are due"
            )
            return
        counts = (
            ", ".join(f"{count} {state}" for state, count in sorted(result.sent.counts.items())) or "nothing is due"
        )
        answer.text(f"sent     {result.new} new in the outbox; {counts}")
        for channel, why in result.sent.away.items():
            answer.text(f"{channel:8} {why}")

"""The flows `notify`, which plans a week of messages, and `deliver`, which sends what is due of it."""

from typing import Annotated

from prefect import artifacts, flow, get_run_logger
from pydantic import Field, PositiveFloat

from components.volume.picture import data_url, drawn
from components.volume.weekly import Sent, Weekly, WeekPlan
from components.volume.weekly import deliver as deliver_due
from components.volume.weekly import notify as notify_week
from data.environment import set_environment
from flows.step import Terms, as_task

__all__ = ["TERMS", "deliver", "notify"]

TERMS = {
    "plan": Terms(hours=2),
    "add": Terms(hours=1, retries=2),
    "send": Terms(hours=6),
}
Week = Annotated[str, Field(pattern=r"^\d{4}-W\d{2}$")]
Volume = Annotated[int, Field(ge=0)]
Cap = Annotated[int, Field(ge=1, le=7)]


@flow(name="notify", persist_result=True, result_serializer="json")
def notify(
    week: Week | None = None,
    volume: Volume = 1000,
    cap: Cap = 3,
    per_second: PositiveFloat = 10.0,
    dry_run: bool = True,
) -> Weekly:
    """Plan who is told what in a week; unless it is a dry run, let it wait in the outbox and send what is due.

    A run that is started again after a kill plans nobody twice and sends nothing twice.

    Args:
        week: Of ISO 8601, such as 2026-W48; empty for that which begins next, or today.
        volume: The most messages to everybody together.
        cap: The most messages to a person, one a day.
        per_second: The most messages that are handed over in a second.
        dry_run: Show the plan and send nothing.
    """
    set_environment()
    wanted = WeekPlan(week=week, volume=volume, cap=cap, per_second=per_second, dry_run=dry_run)
    result = notify_week(wanted, as_task(TERMS))
    _show(result)
    return result


@flow(name="deliver", persist_result=True, result_serializer="json")
def deliver(per_second: PositiveFloat = 10.0) -> Sent:
    """Send the messages of the outbox that are due.

    Args:
        per_second: The most messages that are handed over in a second.
    """
    set_environment()
    return as_task(TERMS)("send", deliver_due, per_second)


def _show(result: Weekly) -> None:
    """Make the artifacts of a week, in the flow run itself."""
    try:
        artifacts.create_image_artifact(
            data_url(drawn(result)), key="notify-week", description="What was sent, and how the volume was spent."
        )
        rows = [{**row.model_dump(mode="json"), "item_ids": ", ".join(row.item_ids)} for row in result.planned.first]
        if rows:
            artifacts.create_table_artifact(rows, key="notify-first", description="The first messages of the week.")
    except Exception as error:  # of any server; the result of the run is settled by now
        get_run_logger().warning("the artifacts of the week could not be made: %s", error)

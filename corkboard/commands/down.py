"""`corkboard down`: stop what `up` started."""

from corkboard.options import AsJson

__all__ = ["down"]


def down(as_json: AsJson = False) -> None:
    """Stop Prefect, MLflow, the service, the worker and the flow runs it started."""
    from corkboard.output import answering
    from corkboard.stack.start import changing, take_down
    from data.environment import set_environment

    set_environment()
    with answering(as_json) as answer, changing():
        stopped, killed = take_down()
        answer.document({"stopped": stopped, "killed": killed})
        answer.text(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")
        if killed:
            answer.text(f"{killed} processes did not end by themselves and were killed")

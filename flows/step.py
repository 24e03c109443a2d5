"""A step's plain function as a Prefect task with a name, retries, a timeout, and its result kept as JSON."""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, NamedTuple, TypeVar

from prefect import Task, task
from prefect.client.schemas.objects import State
from prefect.states import Completed
from prefect.task_engine import TaskRunTimeoutError

from components.lifecycle.call import Call
from components.lifecycle.reasons import outcome
from data.errors import UserError
from flows.artifacts import show

__all__ = ["Terms", "as_task"]

T = TypeVar("T")
HOUR_S = 3600
RETRY_AFTER_S = 5


class Terms(NamedTuple):
    """How Prefect runs a step."""

    hours: float  # timeout
    retries: int = 0


def as_task(terms: Mapping[str, Terms]) -> Call:
    """A call that runs a step as a task of its name, in this thread, so that a timeout can interrupt it.

    The call raises `UserError` if the step takes longer than its terms allow.
    """

    def call(name: str, function: Callable[..., T], *arguments: Any) -> T:
        try:
            outcome: Any = _task(name, terms[name], function)(*arguments)
        except TaskRunTimeoutError:
            raise UserError(
                f"{name} was not done after {terms[name].hours:g} hours and was stopped; run again to go on where it "
                f"can, or give it more time in flows/lifecycle.py"
            ) from None
        result: T = outcome.data.result if isinstance(outcome, State) else outcome  # type: ignore[union-attr]
        return result

    return call


@cache
def _task(name: str, terms: Terms, function: Callable[..., Any]) -> "Task[..., Any]":
    @task(
        name=name,
        description=(function.__doc__ or name).strip().splitlines()[0],
        task_run_name=name,
        retries=terms.retries,
        retry_delay_seconds=RETRY_AFTER_S,
        retry_condition_fn=_may_pass,
        timeout_seconds=terms.hours * HOUR_S,
        persist_result=True,
        result_serializer="json",
        result_storage_key="{flow_run.id}/{task_run.name}.json",
        refresh_cache=True,  # steps decide themselves what they reuse; the stored result is for people to read
    )
    @wraps(function)
    def step(*arguments: Any) -> Any:
        result = function(*arguments)
        show(result, arguments)
        reused = getattr(result, "reused", False)
        return Completed(name="Reused" if reused else "Completed", message=outcome(result), data=result)

    return step


def _may_pass(made: "Task[..., Any]", run: Any, state: "State[Any]") -> bool:
    """Whether to retry: a network error may pass, bad data and wrong settings do not."""
    del made, run
    fault = state.result(raise_on_failure=False)
    return not isinstance(fault, UserError | TimeoutError)

"""A step's plain function as a Prefect task: named, retried, timed, its result kept as JSON."""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, NamedTuple, TypeVar

from prefect import Task, task
from prefect.client.schemas.objects import State
from prefect.states import Completed
from prefect.task_engine import TaskRunTimeoutError

from components.lifecycle.call import Call
from data.errors import UserError
from flows.artifacts import show

__all__ = ["Terms", "as_task"]

T = TypeVar("T")
HOUR_S = 3600
RETRY_AFTER_S = 5


class Terms(NamedTuple):
    """What Prefect is to know about a step."""

    hours: float  # most that it may take
    retries: int = 0
    tags: tuple[str, ...] = ()


def as_task(terms: Mapping[str, Terms]) -> Call:
    """What carries out a step as a task run of its name, in this thread, which lets a timeout interrupt it.

    It raises `UserError` if the step took longer than its terms allow.
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
        tags=terms.tags,
        retries=terms.retries,
        retry_delay_seconds=RETRY_AFTER_S,
        retry_condition_fn=_may_pass,
        timeout_seconds=terms.hours * HOUR_S,
        persist_result=True,
        result_serializer="json",
        result_storage_key="{flow_run.id}/{task_run.name}.json",
        refresh_cache=True,  # the function knows what it can reuse; what is stored is for people to read
    )
    @wraps(function)
    def step(*arguments: Any) -> Any:
        result = function(*arguments)
        show(result, arguments)
        if getattr(result, "reused", False):
            return Completed(name="Reused", message="An earlier run had finished exactly this.", data=result)
        return result

    return step


def _may_pass(made: "Task[..., Any]", run: Any, state: "State[Any]") -> bool:
    """Whether a fault may be gone the next time: a network that stumbled may, bad data and wrong settings are not."""
    del made, run
    fault = state.result(raise_on_failure=False)
    return not isinstance(fault, UserError | TimeoutError)

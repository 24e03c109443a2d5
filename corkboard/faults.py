"""An error as one sentence: what is wrong and what to do."""

from data.errors import short

__all__ = ["sentence"]

MOST_SHOWN = 300


def sentence(error: BaseException) -> str:
    """One line for `error`; an unexpected one is named with its type and the way to see more."""
    from components.lifecycle.faults import foreseen

    known = foreseen(error)
    if known is not None:
        return known
    text = short(str(error), MOST_SHOWN)
    detail = f": {text}" if text else ""
    return f"unexpected {type(error).__name__}{detail} (run again with --debug for the traceback)"

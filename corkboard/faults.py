"""An error as one sentence: what is wrong and what to do."""

__all__ = ["sentence"]


def sentence(error: BaseException) -> str:
    """One line for `error`; an unexpected one is named with its type and the way to see more."""
    from components.lifecycle.faults import foreseen

    known = foreseen(error)
    if known is not None:
        return known
    lines = str(error).strip().splitlines()
    detail = f": {lines[0][:300]}" if lines else ""
    return f"unexpected {type(error).__name__}{detail} (run again with --debug for the traceback)"

"""The memory of a started service."""

import gc

__all__ = ["settle"]

YOUNG = 10_000  # objects made, less those gone, before the collector looks at the young; Python's own 700 is 20 answers


def settle() -> None:
    """Spare the garbage collector what a service holds for ever: its libraries, its items, its networks.

    Otherwise it goes through all of them in the midst of requests. What is made afterwards is collected as ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])

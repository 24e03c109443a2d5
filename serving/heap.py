"""The memory of a started service."""

import gc

__all__ = ["settle"]

YOUNG = 10_000  # net allocations before a collection of the youngest generation; Python's 700 are about 20 answers


def settle() -> None:
    """Exempt from garbage collection what a service holds for its whole life: libraries, items, networks.

    Otherwise the collector visits all of them during requests. Objects made afterwards are collected as usual.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])

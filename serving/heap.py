"""The memory of a started service."""

import ctypes
import gc

__all__ = ["settle"]

YOUNG = 10_000  # objects made, less those gone, before the collector looks at the young; Python's own 700 is 20 answers


def settle() -> None:
    """Spare the garbage collector what a service holds for ever, and give back what only opening it took.

    Its libraries, its items, its networks: otherwise the collector goes through all of them in the midst of requests.
    What is made afterwards is collected as ever. The C library keeps the memory that a network took while it was
    opened, as much as the network itself, until it is told to give back what is free.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone
    if trim is not None:
        trim(0)

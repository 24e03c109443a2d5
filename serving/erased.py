"""`python -m serving.erased`: copy the tombstones of erased people to where the next preparation of data reads them."""

from typing import Any

from data.erased import write_tombstones
from serving.command import run
from serving.state import open_state

__all__ = ["main"]


def main() -> dict[str, Any]:
    state = open_state()
    try:
        erased = state.erasures.all()
    finally:
        state.close()
    write_tombstones(erased)
    return {"erased": len(erased)}


if __name__ == "__main__":
    run(main)

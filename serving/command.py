"""How the commands of this folder end: one JSON object on stdout, or one sentence on stderr."""

import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any

from data.errors import UserError

__all__ = ["run"]


def run(main: Callable[[], dict[str, Any]], passed: Callable[[dict[str, Any]], bool] = lambda _: True) -> None:
    """Call `main` and exit: 0 with its result as a JSON line, or 1 if it raised or `passed` says no.

    Anything else that is printed goes to stderr, so that stdout holds the JSON line alone.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            result = main()
    except UserError as error:
        print(f"corkboard: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    print(json.dumps(result, ensure_ascii=False))  # noqa: T201
    sys.exit(0 if passed(result) else 1)

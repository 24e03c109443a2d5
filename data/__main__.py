"""`python -m data prepare NAME`: the command of DVC's stages."""

import argparse
import signal
import sys

from data.errors import UserError, unknown
from data.params import load
from data.prepare import prepare
from data.reporting import reporter

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Prepare one data set into the store; an error is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="prepare a data set of params.yaml into data/store").add_argument("name")
    name = parser.parse_args(arguments).name
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that nothing half-written stays
    with reporter() as report:
        try:
            params = load()
            if name not in params.datasets:
                raise unknown("data set", name, params.datasets)
            prepare(name, params.datasets[name], report.progress, engine=params.engine)
        except UserError as error:
            report.fail(" ".join(str(error).split()))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

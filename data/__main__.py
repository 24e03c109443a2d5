"""The commands of DVC's stages: `python -m data code` and `python -m data prepare NAME`."""

import argparse
import signal
import sys
from collections.abc import Callable

from data.disk import denied, full
from data.errors import UserError, printable, unknown
from data.params import load
from data.reporting import reporter
from data.stamp import write_code

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; an error is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("code", help="write down what prepares each data set of params.yaml")
    commands.add_parser("prepare", help="prepare a data set of params.yaml into data/store").add_argument("name")
    given = parser.parse_args(arguments)
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM)
    )  # exit normally, so that half-written files are removed
    with reporter() as report:
        try:
            if given.command == "code":
                write_code()
            else:
                _prepare(given.name, report.progress)
        except UserError as error:
            report.fail(str(error))
            return 1
        except OSError as error:
            sentence = full(error) or denied(error)
            if sentence is None:
                raise
            report.fail(printable(sentence))
            return 1
    return 0


def _prepare(name: str, progress: Callable[[str, int, int], None]) -> None:
    from data.erased import erase
    from data.prepare import prepare  # takes a second to import, which `code` does without

    params = load()
    if name not in params.datasets:
        raise unknown("data set", name, params.datasets)
    erase(prepare(name, params.datasets[name], progress, engine=params.engine))


if __name__ == "__main__":
    sys.exit(main())

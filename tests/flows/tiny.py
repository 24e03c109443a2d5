"""`corkboard` on the tiny system, as a process of its own: `tiny.py TABLES ARGUMENT…`.

Ingest and validate, which have tests of their own, answer at once.
"""

import sys
from pathlib import Path

import components.systems
from components.lifecycle import command, steps
from components.lifecycle.ingest import read_by
from components.lifecycle.results import Validated
from corkboard.agents import jobs
from corkboard.main import main
from data.dataset import open_dataset

SYSTEMS = Path(__file__).parent / "systems"

if __name__ == "__main__":
    tables = sys.argv[1]
    serve = str(SYSTEMS / "serve.py")
    components.systems.__path__ = [*components.systems.__path__, str(SYSTEMS)]
    # before the flow is imported, which the command does once Prefect's address is known
    command.COMMANDS = command.Commands((sys.executable, serve, "package"), (sys.executable, serve, "smoke"))
    steps.ingest = lambda plan, *_: read_by(plan.system, open_dataset(plan.dataset, Path(tables), "v1"))
    steps.validate = lambda *_: Validated(passed=True, failures=(), checks=1, docs="index.html")
    jobs.COMMAND = (sys.executable, __file__, tables)
    main(sys.argv[2:])

"""A fit by several processes of this machine, which torchrun starts and PyTorch keeps in step (DDP).

    torchrun --standalone --nproc-per-node 2 -m components.lifecycle.distributed REQUEST.json

All fit in the same folder of checkpoints and compute the same weights; the first leaves the bundle. They end with the
process that started them, however it ends: its end closes their stdin.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from components.learning.ranks import together
from components.lifecycle.training import limited_to, named, opened, train
from components.system import Inputs, Progress, load_system
from data.dataset import Dataset, open_dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["main", "train_together"]

LAUNCHER = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")


def train_together(
    system: str, dataset: Dataset, config: Any, work: Path, bundle: Path, inputs: Inputs, progress: Progress
) -> None:
    """What `training.train` does, by as many processes as `config.training.processes` says.

    Raises:
        UserError: what the training raised, or one of the processes died.
    """
    request, processes = work / "together.json", config.training.processes
    asked = {"system": system, "config": config.model_dump(mode="json", include=config.model_fields_set)}
    asked["data"] = [dataset.name, str(dataset.path), dataset.version]
    write_json(request, asked | {"work": str(work), "bundle": str(bundle), "inputs": named(inputs)})
    command = [*LAUNCHER, str(processes), "-m", "components.lifecycle.distributed", str(request)]
    told: dict[str, Any] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                told = json.loads(line)
                if "progress" in told:
                    progress(*told["progress"])
        except BaseException:
            process.terminate()  # torchrun ends the others
            raise
    if "error" in told:
        raise UserError(told["error"])
    if process.returncode:
        raise UserError(f"{processes} processes trained together and one ended early; its last lines above say why")


def main(request: str) -> int:
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asked, first = json.loads(Path(request).read_text(encoding="utf-8")), together()[0] == 0

    def tell(**content: Any) -> None:
        if first:
            lines.write(json.dumps(content) + "\n")
            lines.flush()

    def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        tell(progress=[doing, done, total, figures])

    dataset = open_dataset(asked["data"][0], Path(asked["data"][1]), asked["data"][2])
    dataset = dataset.limited(load_system(asked["system"]).reads(dataset.rows))
    config = limited_to(asked["system"], asked["config"], asked["config"])
    with tempfile.TemporaryDirectory() as scratch:
        bundle = Path(asked["bundle"] if first else scratch)
        try:
            train(asked["system"], dataset, config, Path(asked["work"]), bundle, opened(asked["inputs"]), progress)
        except UserError as error:
            tell(error=str(error))
            return 1
    return 0


def _end_with_parent() -> None:
    while os.read(0, 1024):  # not sys.stdin, whose lock would abort the end of the interpreter
        pass
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""A copy of the project to work in, as somebody would unpack it, and the commands that its documents give."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["PROJECT", "Checkout", "indented"]

PROJECT = Path(__file__).resolve().parent.parent
NOT_COPIED = (".git", ".venv", ".corkboard", "__pycache__", "*_cache", "*.egg-info", "tmp", "cache", "config.local")
OURS = ("PREFECT_", "MLFLOW_", "CORKBOARD_", "BENTOML_", "DVC_", "PYTHON", "MAKE")


class Checkout:
    """A copy below `above`, with the environment that runs this test, its own state folder, and a shell."""

    def __init__(self, above: Path) -> None:
        self.folder = above / "corkboard"
        self.home = above / "home"
        self.remembered: list[str] = []  # lines that hold for all that follow
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        # the copy shares the installed packages; its own code comes first
        self.environment = {**kept, "PYTHONPATH": str(self.folder), "CORKBOARD_HOME": str(self.home)}
        self.environment["CORKBOARD_MIRROR"] = str(above / "mirror")
        shutil.copytree(PROJECT, self.folder, ignore=shutil.ignore_patterns(*NOT_COPIED, "store"))
        (self.folder / "data" / "store").mkdir()
        environment = self.folder / ".venv"
        environment.mkdir()
        for path in Path(sys.prefix).iterdir():
            if path.name != ".ready":
                (environment / path.name).symlink_to(path)
        (environment / ".ready").touch()

    def shell(self, command: str, codes: tuple[int, ...] = (0,)) -> str:
        """What the command prints, once it has ended with one of `codes`."""
        done = subprocess.run(
            ["bash", "-c", "\n".join([*self.remembered, command])],  # noqa: S607
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode in codes, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    def remember(self, command: str) -> None:
        self.shell(command)
        self.remembered.append(command)


def indented(document: str) -> list[str]:
    """The lines of the document's indented blocks, without their comments."""
    text = (PROJECT / document).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [line.split(" # ")[0].strip() for line in text.splitlines() if line.startswith("    ") and line.strip()]

"""The image's entry point: checks that there is a place to write, then becomes `bentoml serve`."""

import os
import sys
from pathlib import Path

__all__ = ["main"]


def main() -> None:
    """Further arguments go to `bentoml serve`."""
    state = Path(os.environ["CORKBOARD_HOME"])
    try:
        for folder in (state / "bentoml", Path(os.environ["TMPDIR"])):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".writable").touch()
    except OSError as error:
        sys.exit(
            f"corkboard: {error.filename} cannot be written by user {os.getuid()} ({error.strerror}); "
            f"mount a volume of that user or a tmpfs at {state}"
        )
    command = [sys.executable, "-m", "bentoml", "serve", "/app/bento", *sys.argv[1:]]
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()

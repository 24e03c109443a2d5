"""Run in the build: `bytecode.py FOLDER …` compiles what the image imports, since nothing can be written where it runs.

The files are not checked against their sources, whose times a reproducible build sets.
"""

import compileall
import sys
from collections.abc import Iterable
from py_compile import PycInvalidationMode

__all__ = ["compiled"]


def compiled(folders: Iterable[str]) -> None:
    """Compile all modules below `folders`; what is no Python, such as templates of modules, is left as it is."""
    for folder in folders:
        compileall.compile_dir(folder, quiet=2, workers=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


if __name__ == "__main__":
    compiled(sys.argv[1:])

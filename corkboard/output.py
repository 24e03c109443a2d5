"""A command's output on stdout: one JSON document, or text for people. Everything else goes to stderr."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from corkboard.faults import sentence

__all__ = ["Answer", "answering"]

WIDE = 240


class Answer:
    """The one way to stdout while a command runs."""

    def __init__(self, file: IO[str], as_json: bool) -> None:
        self.file = file
        self.as_json = as_json
        self.given = False

    def document(self, content: Any) -> None:
        """Print `content` if the output is JSON; at most once a command."""
        if self.as_json:
            assert not self.given
            self.given = True
            self.file.write(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")

    def text(self, text: str) -> None:
        """Print a line if the output is text."""
        if not self.as_json:
            self.file.write(text + "\n")
            self.file.flush()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table if the output is text."""
        if self.as_json:
            return
        from rich import box
        from rich.console import Console
        from rich.table import Table

        drawn = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            drawn.add_row(*row)
        console = Console(file=self.file, highlight=False, markup=False)
        if not console.is_terminal:
            console.width = WIDE  # a pipe can be scrolled; a truncated cell cannot be read
        console.print(drawn)
        self.file.flush()


@contextmanager
def answering(as_json: bool) -> Iterator[Answer]:
    """Keep stdout for the answer; anything that tools and their child processes print goes to stderr.

    A command that fails under `--json` still prints one document, `{"error": sentence}`.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8") as file:
            answer = Answer(file, as_json)
            try:
                yield answer
            except Exception as error:
                if not answer.given:
                    answer.document({"error": sentence(error)})
                raise
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)

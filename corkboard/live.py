"""The progress of a run: a live list of steps on a terminal, plain lines anywhere else."""

import time
from typing import TYPE_CHECKING, Any

from components.lifecycle.run import Ended

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["STEPS", "Lines", "Live", "duration"]

STEPS = ("ingest", "validate", "fit", "evaluate", "gate", "register", "promote", "package", "smoke")
FIGURES = 4
LINE_EVERY_S = 5.0
MARKS = {"waiting": "·", "running": "▸", "done": "✓", "reused": "≡", "failed": "✗"}
STYLES = {"waiting": "dim", "running": "bold cyan", "done": "green", "reused": "green", "failed": "bold red"}


def duration(seconds: float) -> str:
    """`12.3 s`, `4 min 05 s` or `2 h 03 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _figures(figures: dict[str, float]) -> str:
    return "  ".join(
        f"{name.removeprefix('validation/').replace('/', ' ')} {value:.4g}"
        for name, value in list(figures.items())[:FIGURES]
    )


class _Pace:
    """Time left, from the pace of the current kind of work since its first report."""

    def __init__(self) -> None:
        self.doing = ""
        self.start, self.first = 0.0, 0

    def left_s(self, doing: str, done: int, total: int) -> float | None:
        now = time.monotonic()
        if doing != self.doing:
            self.doing, self.start, self.first = doing, now, done
        if done <= self.first or total <= done:
            return None
        return (now - self.start) / (done - self.first) * (total - done)


class Lines:
    """Plain lines on stderr, for logs and pipes."""

    def __init__(self, console: "Console") -> None:
        self.console = console
        self.summary: Ended | None = None
        self.pace = _Pace()
        self.printed = 0.0

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *fault: Any) -> None:
        del fault

    def started(self, step: str) -> None:
        self.printed = 0.0
        self.console.out(f"{step} …")

    def progress(self, step: str, doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        left = self.pace.left_s(doing, done, total)
        now = time.monotonic()
        if now - self.printed < LINE_EVERY_S and not figures:
            return
        self.printed = now
        of = f" {done}/{total}" if total else ""
        eta = f"  ({duration(left)} left)" if left else ""
        self.console.out(f"{step}: {doing}{of}  {_figures(figures)}{eta}".rstrip())

    def finished(self, step: str, seconds: float, reused: bool) -> None:
        self.console.out(f"{step} {'reused' if reused else 'done'} in {duration(seconds)}")

    def failed(self, step: str, seconds: float) -> None:
        self.console.out(f"{step} failed after {duration(seconds)}")

    def waiting(self, sentence: str) -> None:
        self.console.out(sentence)

    def ended(self, summary: Ended) -> None:
        self.summary = summary


class Live:
    """A list of the steps that redraws itself while they run."""

    def __init__(self, console: "Console", steps: tuple[str, ...]) -> None:
        from rich.live import Live as Drawing

        self.summary: Ended | None = None
        self.states = dict.fromkeys(steps, "waiting")
        self.times: dict[str, float] = {}
        self.notes: dict[str, str] = {}
        self.bars: dict[str, tuple[int, int, float | None]] = {}
        self.pace = _Pace()
        self.begun = time.monotonic()
        self.note = ""
        self.drawing = Drawing(get_renderable=self.draw, console=console, refresh_per_second=4, transient=False)

    def __enter__(self) -> "Live":
        self.drawing.start()
        return self

    def __exit__(self, *fault: Any) -> None:
        self.drawing.stop()

    def started(self, step: str) -> None:
        self.states[step] = "running"
        self.note = ""
        self.begun = time.monotonic()

    def progress(self, step: str, doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        self.bars[step] = (done, total, self.pace.left_s(doing, done, total))
        if figures or step not in self.notes or not self.notes[step].startswith(doing):
            self.notes[step] = f"{doing}  {_figures(figures)}".rstrip()

    def finished(self, step: str, seconds: float, reused: bool) -> None:
        self._end(step, "reused" if reused else "done", seconds)

    def failed(self, step: str, seconds: float) -> None:
        self._end(step, "failed", seconds)

    def waiting(self, sentence: str) -> None:
        self.note = sentence

    def ended(self, summary: Ended) -> None:
        self.summary = summary

    def _end(self, step: str, state: str, seconds: float) -> None:
        self.states[step] = state
        self.times[step] = seconds
        self.bars.pop(step, None)

    def draw(self) -> "RenderableType":
        """The present table."""
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for step, state in self.states.items():
            running = state == "running"
            seconds = time.monotonic() - self.begun if running else self.times.get(step)
            done, total, left = self.bars.get(step, (0, 0, None))
            eta = f"{duration(left)} left" if left and running else "reused" if state == "reused" else ""
            table.add_row(
                Text(f"{MARKS[state]} {step}", STYLES[state]),
                Text(duration(seconds) if seconds is not None else "", "default", justify="right"),
                Text(f"{done}/{total}" if running and total else ""),
                Text(self.notes.get(step, ""), "dim"),
                Text(eta, "cyan" if running else "dim"),
            )
        if self.note:
            table.add_row(Text(""), Text(""), Text(""), Text(self.note, "yellow"))
        return table

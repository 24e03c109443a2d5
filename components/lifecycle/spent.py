"""What a training took: time, time of processors, and energy, read where the machine counts it and else estimated."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Spent", "spending"]

COUNTERS = Path("/sys/class/powercap")  # RAPL: microjoules of each processor package; most machines let root alone read
CORE_W = 10.0  # of a busy core with its share of memory, an assumption; servers lie between 5 and 15
WH_J = 3600.0


@dataclass
class Spent:
    """energy_wh: of the processors alone; by RAPL that of all that they did meanwhile, also for others."""

    wall_s: float = 0.0
    processor_s: float = 0.0
    energy_wh: float = 0.0
    counted: bool = False  # by RAPL, and not estimated

    def figures(self) -> dict[str, float]:
        """As metrics of a run in MLflow; `of` reads them."""
        kind = "energy_wh" if self.counted else "energy_wh_estimated"
        return {"spent/wall_s": self.wall_s, "spent/processor_s": self.processor_s, f"spent/{kind}": self.energy_wh}

    @classmethod
    def of(cls, figures: Mapping[str, float]) -> "Spent | None":
        """What a run took; None where it was not measured."""
        if "spent/wall_s" not in figures:
            return None
        counted = "spent/energy_wh" in figures
        energy_wh = figures["spent/energy_wh" if counted else "spent/energy_wh_estimated"]
        return cls(figures["spent/wall_s"], figures["spent/processor_s"], energy_wh, counted)

    def said(self) -> str:
        """One sentence for the model card."""
        how = "by RAPL, all of the processors" if self.counted else f"an estimate: {CORE_W:g} W a busy core"
        return (
            f"The last go of its training took {self.wall_s:.1f} s and {self.processor_s:.1f} s of processors, "
            f"{self.energy_wh:.3g} Wh ({how}). An accelerator's energy is not counted."
        )


@contextmanager
def spending(counters: Path = COUNTERS) -> Iterator[Spent]:
    """What the block takes, in this process and its children that ended; filled in at the block's end."""
    spent = Spent()
    before, started_s, used_s = _counted(counters), time.monotonic(), _processor_s()
    yield spent
    spent.wall_s, spent.processor_s = time.monotonic() - started_s, _processor_s() - used_s
    after = _counted(counters)
    spent.counted = bool(before) and before.keys() == after.keys()
    if spent.counted:
        spent.energy_wh = sum(_more_uj(path, before[path], after[path]) for path in before) / 1e6 / WH_J
    else:
        spent.energy_wh = spent.processor_s * CORE_W / WH_J


def _processor_s() -> float:
    taken = os.times()
    return taken.user + taken.system + taken.children_user + taken.children_system


def _counted(counters: Path) -> dict[Path, int]:
    """Each package's counter, `intel-rapl:0`; none where one cannot be read. Its parts, `intel-rapl:0:0`, are in it."""
    packages = [path for path in sorted(counters.glob("intel-rapl:*")) if path.name.count(":") == 1]
    try:
        return {path: int((path / "energy_uj").read_text(encoding="utf-8")) for path in packages}
    except OSError:
        return {}


def _more_uj(path: Path, before: int, after: int) -> int:
    """A counter that was full starts again from zero."""
    return after - before if after >= before else after - before + int((path / "max_energy_range_uj").read_text())

"""`python -m corkboard.bench._messages_plan BUNDLE PEOPLE`: a week's plan for many, its seconds and memory, as JSON.

The people are a hundredth as many of the simulated world, each a hundred times with other names, days and hours.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["main"]

TIMES, CHUNK, SEED, WEEK = 100, 50_000, 31, "2025-W06"


def main(bundle: Path, people: int) -> dict[str, float]:
    import numpy as np
    import pyarrow as pa

    from components.system import load_system
    from components.volume.people import PEOPLE
    from components.volume.week import Terms
    from corkboard.bench._messages_loop import begun, people_of

    system = load_system("notifications")
    notifier = system.open_bundle(bundle)
    some = people_of(*begun(SEED, people // TIMES))
    visits = some.schema.get_field_index("visits")
    made = np.zeros(2)  # seconds and those of the processor that the people themselves took

    def batches() -> Iterator[pa.RecordBatch]:
        for time_ in range(TIMES):
            began, rng = np.array([time.perf_counter(), time.process_time()]), np.random.default_rng([SEED, time_])
            lived = list(rng.poisson(0.1, (len(some), 168)).astype(np.int32))
            names = pa.array([f"{time_}-{row}" for row in range(len(some))], pa.string())
            one = some.set_column(0, "user_id", names)
            one = one.set_column(visits, PEOPLE.field("visits"), pa.array(lived, PEOPLE.field("visits").type))
            made[:] += np.array([time.perf_counter(), time.process_time()]) - began
            yield from one.to_batches(max_chunksize=CHUNK)

    terms = Terms(volume=people, cap=3, caps={"push": 2, "email": 2, "in_app": 3})
    start = np.array([time.perf_counter(), time.process_time()])
    plan = system.plan(notifier, batches(), terms, WEEK)
    seconds, cpu_seconds = np.array([time.perf_counter(), time.process_time()]) - start - made
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes here
    return {
        "seconds": float(seconds),
        "cpu_seconds": float(cpu_seconds),
        "messages": plan.rows.num_rows,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201

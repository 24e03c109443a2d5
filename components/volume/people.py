"""What a weekly plan is told of people, and how likely each looks at each hour of the week.

Legend: N people, S days of a week, Monday first, H hours of a day.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["PEOPLE", "likely_hours"]

PRIOR = 5.0  # visits at everybody's hours that each person has beside the own
NEAR = (0.25, 0.5, 0.25)  # an hour counts for those beside it

PEOPLE = pa.schema(
    [
        pa.field("user_id", pa.string()),
        pa.field("attributes", pa.map_(pa.string(), pa.string())),  # as the table `users` has them
        pa.field("zone", pa.string()),  # time zone, such as Europe/Berlin
        pa.field("channels", pa.list_(pa.string())),  # on which the person takes messages
        pa.field("visits", pa.list_(pa.int32())),  # by hour of the week in that zone, 168 numbers; null: unknown
    ]
)


def likely_hours(visits_NSH: NDArray[np.integer]) -> NDArray[np.float32]:
    """How likely each looks at each hour, over the mean of the week: own days and hours beside everybody's."""
    day_NS, hour_NH = visits_NSH.sum(axis=2, dtype=np.float32), visits_NSH.sum(axis=1, dtype=np.float32)
    beside_NH = sum(
        np.roll(hour_NH, shift, axis=1) * np.float32(part) for shift, part in zip((-1, 0, 1), NEAR, strict=True)
    )
    day_NS, hour_NH = _smoothed(day_NS), _smoothed(np.asarray(beside_NH))
    return np.asarray(day_NS[:, :, None] * hour_NH[:, None, :] * visits_NSH[0].size, np.float32)


def _smoothed(count_NB: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shares of each row, with `PRIOR` of everybody's."""
    everybody_B = count_NB.sum(axis=0) + 1
    with_prior_NB = count_NB + np.float32(PRIOR) * everybody_B / everybody_B.sum()
    return np.asarray(with_prior_NB / with_prior_NB.sum(axis=1, keepdims=True), np.float32)

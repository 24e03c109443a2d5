"""The plan of a week: what each message to each person is worth, and the choice among all of them.

Legend: N people, C channels, A arms.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from components.systems.notifications.predictor import NotificationPredictor
from components.volume.people import likely_hours
from components.volume.week import HOURS, SLOTS, Chunk, Plan, Terms, plan_week

__all__ = ["CHUNK", "plan"]

CHUNK = 50_000  # people who are in memory at once
WORDS = {"opened": "an opened message", "visited": "a visit", "bought": "a purchase"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def plan(
    predictor: NotificationPredictor, people: pa.Table | Iterable[pa.RecordBatch], terms: Terms, week: str
) -> Plan:
    """The messages of `week`, an ISO week, that gain most together; people as `components.volume.people.PEOPLE`.

    Whoever is held back gets none. Rows have no pictures yet, see `components/volume/content.py`.

    Raises:
        UserError: `week` is none.
    """
    batches = people.to_batches(max_chunksize=CHUNK) if isinstance(people, pa.Table) else people
    found = plan_week((_chunk(predictor, batch) for batch in batches), terms, predictor.channels, predictor.arms, week)
    what = WORDS[predictor.outcome]
    reasons = [
        f"{row['arm']} by {row['channel']} on {WEEKDAYS[row['slot']]} is worth {row['value']:.1%} of {what}; what is "
        f"worth less than {found.price:.1%} is not sent"
        for row in found.rows.select(["arm", "channel", "slot", "value"]).to_pylist()
    ]
    place = found.rows.schema.get_field_index("reason")
    rows = found.rows.set_column(place, "reason", pa.array(reasons, pa.string()))
    return Plan(rows, found.price, found.refused, found.notes)


def _chunk(predictor: NotificationPredictor, batch: pa.RecordBatch) -> Chunk:
    users = batch["user_id"].to_pylist()
    gain_NCA, cost_NCA = predictor.values(predictor.covariates.matrix_of(batch["attributes"]))
    open_NC = _open(batch["channels"], predictor.channels)
    open_NC[[predictor.is_held_back(user) for user in users]] = False
    return Chunk(
        user_id=users,
        zone=batch["zone"].to_pylist(),
        gain_NCA=gain_NCA,
        cost_NCA=cost_NCA,
        open_NC=open_NC,
        looks_NSH=likely_hours(_visits(batch["visits"])),
    )


def _open(column: pa.ListArray, channels: tuple[str, ...]) -> np.ndarray:
    open_NC = np.zeros((len(column), len(channels)), bool)
    rows, names = column.value_parent_indices().to_numpy(), np.array(column.flatten().to_pylist(), object)
    for place, channel in enumerate(channels):
        open_NC[rows[names == channel], place] = True
    return open_NC


def _visits(column: pa.ListArray) -> np.ndarray:
    visits_NSH = np.zeros((len(column), SLOTS, HOURS), np.int32)
    there_N = column.is_valid().to_numpy(zero_copy_only=False)
    visits_NSH[there_N] = column.flatten().to_numpy().reshape(-1, SLOTS, HOURS)
    return visits_NSH

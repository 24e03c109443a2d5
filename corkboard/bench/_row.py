"""One figure of a benchmark, beside a peer's or a bar."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Row"]


@dataclass(frozen=True)
class Row:
    """A figure of ours, and that of the peer `peer_name`, by default a bar that is to be reached.

    ours: None where it could not be measured. ratio: ours / peer where none is given, such as the median of several
    rounds.
    """

    metric: str
    ours: float | None
    peer: float | None
    unit: str
    peer_name: str | None = None
    ratio: float | None = None

    def document(self) -> dict[str, Any]:
        """As `corkboard bench` tells it, with the peer's name and the ratio."""
        ours, peer = (None if one is None else float(one) for one in (self.ours, self.peer))
        name = self.peer_name or (None if peer is None else "bar")
        ratio = ours / peer if self.ratio is None and ours is not None and peer else self.ratio
        known = {"metric": self.metric, "ours": ours, "peer": peer, "peer_name": name}
        return known | {"ratio": None if ratio is None else float(ratio), "unit": self.unit}

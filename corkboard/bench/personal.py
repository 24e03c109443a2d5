"""Personal data of a form, found in 724 synthetic sentences with its places (presidio-research); rules, no learning."""

import gzip
import json
import time
from collections import Counter
from typing import Any

__all__ = ["run"]

FILE = "rai/pii-synth-dev.json.gz"
KINDS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "telephone",
    "IBAN_CODE": "iban",
    "CREDIT_CARD": "card",
    "IP_ADDRESS": "ip",
    "US_SSN": "ssn",
}
FLOORS = {  # recall and precision of the public rules that `FLOORS.md` beside the file measured
    "email": (1.0, 1.0),
    "telephone": (0.952, 0.606),
    "iban": (1.0, 1.0),
    "card": (0.914, 0.970),
    "ip": (1.0, 0.714),
    "ssn": (1.0, 1.0),
}


def run() -> list[dict[str, Any]]:
    """Rows `{bench, metric, ours, peer, peer_name, ratio, unit}`. What is found counts where it overlaps the place."""
    from corkboard.bench.experiments import given
    from data.personal import find

    with gzip.open(given(FILE), "rt", encoding="utf-8") as file:
        sentences = json.load(file)
    there: Counter[str] = Counter()  # by kind
    hit: Counter[str] = Counter()
    named: Counter[str] = Counter()
    right: Counter[str] = Counter()
    started = time.perf_counter()
    found = [find(sentence["full_text"]) for sentence in sentences]
    micros = 1e6 * (time.perf_counter() - started) / sum(len(sentence["full_text"]) for sentence in sentences)
    for sentence, ours in zip(sentences, found, strict=True):
        spans = [
            (KINDS[span["entity_type"]], span["start_position"], span["end_position"])
            for span in sentence["spans"]
            if span["entity_type"] in KINDS
        ]
        for kind, start, end in spans:
            there[kind] += 1
            hit[kind] += any(one.kind == kind and one.start < end and one.end > start for one in ours)
        for one in ours:
            named[one.kind] += 1
            right[one.kind] += any(
                one.kind == kind and one.start < end and one.end > start for kind, start, end in spans
            )
    rows = [
        row
        for kind, (recall, precision) in FLOORS.items()
        for row in (
            _row(f"{kind}: recall", hit[kind] / there[kind], recall),
            _row(f"{kind}: precision", right[kind] / max(named[kind], 1), precision),
        )
    ]
    rows.append(_row("all: recall", hit.total() / there.total(), None))
    rows.append(_row("all: precision", right.total() / named.total(), None))
    rows.append(_row("time of a letter", micros, 3.8, "us"))
    return rows


def _row(metric: str, ours: float, peer: float | None, unit: str = "share") -> dict[str, Any]:
    ratio = ours / peer if peer else None
    name = "public rules" if peer else None
    return {
        "bench": "personal",
        "metric": metric,
        "ours": ours,
        "peer": peer,
        "peer_name": name,
        "ratio": ratio,
        "unit": unit,
    }

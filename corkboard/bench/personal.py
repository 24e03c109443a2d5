"""Personal data of a form, found in 724 synthetic sentences with its places (presidio-research); rules, no learning."""

import gzip
import json
import time
from collections import Counter

from corkboard.bench._row import Row

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
PEER = "public rules"


def run() -> list[Row]:
    """Recall and precision of each kind. What is found counts where it overlaps the place."""
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
            Row(f"{kind}: recall", hit[kind] / there[kind], recall, "share", PEER),
            Row(f"{kind}: precision", right[kind] / max(named[kind], 1), precision, "share", PEER),
        )
    ]
    rows.append(Row("all: recall", hit.total() / there.total(), None, "share"))
    rows.append(Row("all: precision", right.total() / named.total(), None, "share"))
    rows.append(Row("time of a letter", micros, 3.8, "us", PEER))
    return rows

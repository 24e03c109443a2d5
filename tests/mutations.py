"""Damage to files, for tests that send it."""

import random

__all__ = ["mutated"]

HEAD = 64  # bytes that say what a file is, and are hit as often as all others together


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Bytes changed, left out, repeated or cut, in one place or two; never empty."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 2)):
        place = chance.randrange(len(found)) if chance.random() < 0.5 else chance.randrange(min(HEAD, len(found)))
        mutation = chance.randrange(4)
        if mutation == 0:
            found[place] = chance.randrange(256)
        elif mutation == 1:
            del found[place : place + chance.randint(1, 16)]
        elif mutation == 2:
            found[place:place] = found[place : place + chance.randint(1, HEAD)]
        else:
            found = found[: max(1, place)]
        found = found or bytearray(b"\xff")
    return bytes(found)

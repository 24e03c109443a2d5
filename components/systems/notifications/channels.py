"""The channel of a message as a covariate of it, where there are several."""

from collections.abc import Mapping

__all__ = ["CHANNEL", "HERE", "on_channel"]

CHANNEL = "channel"
HERE = "here"  # as `opened_here`, `opened_push` is known of a message by push


def on_channel(person: Mapping[str, str], channel: str) -> dict[str, str]:
    """What is known of a message to `person` on `channel`."""
    ends = f"_{channel}"
    here = {f"{name.removesuffix(ends)}_{HERE}": value for name, value in person.items() if name.endswith(ends)}
    return {**person, **here, CHANNEL: channel}

"""Times in seconds since 1970-01-01 00:00 UTC."""

__all__ = ["DAY_S", "LATEST_S"]

DAY_S = 86_400
LATEST_S = 100_000_000_000  # the year 5138; a time in milliseconds lies beyond it

"""Limits on the size, time and concurrency of requests."""

import os

__all__ = ["MAX_BODY_BYTES", "MAX_CONCURRENCY", "MAX_UPLOAD_BYTES", "TIMEOUT_S", "threads"]

MAX_UPLOAD_BYTES = 10 * 1024 * 1024  # of a picture
MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 64 * 1024  # with its form fields
MAX_CONCURRENCY = 64  # each may hold a picture in memory
TIMEOUT_S = 60.0


def threads() -> int:
    """Requests that are worked on at once: the cores that this process may use, or `CORKBOARD_THREADS`."""
    configured = os.environ.get("CORKBOARD_THREADS")
    return int(configured) if configured else len(os.sched_getaffinity(0))

"""The image's health check: exit code 0 if the service says that it is ready."""

import os
import sys
import urllib.request

__all__ = ["healthy"]

TIMEOUT_S = 5


def healthy(port: str) -> bool:
    """Whether `/readyz` answers 200 on loopback."""
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"http://127.0.0.1:{port}/readyz", timeout=TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except OSError:  # refused, timed out, or an error status
        return False


if __name__ == "__main__":
    sys.exit(0 if healthy(os.environ.get("BENTOML_PORT", "3000")) else 1)

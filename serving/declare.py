"""How this project declares a service to BentoML."""

from typing import Any

import bentoml

from serving.process import ONE_THREAD

__all__ = ["declare"]

ENVIRONMENT = ONE_THREAD | {"BENTOML_HOST": "0.0.0.0"}  # noqa: S104 - inside an image, whose ports are published


def declare(name: str, workers: int = 1, **settings: Any) -> Any:
    """`bentoml.service` with this project's settings and `settings`; a BentoML configuration can set others.

    workers: processes; the threads of one use all cores, a request one of them, where Python is the lesser part of the
    work. The service listens on loopback by default. Metrics, limits and the log are our own (see `serving.guard`).
    """
    return bentoml.service(
        name=name,
        workers=workers,
        http={"host": "127.0.0.1"},
        metrics={"enabled": False},
        logging={"access": {"enabled": False}},
        envs=[{"name": key, "value": value} for key, value in ENVIRONMENT.items()],
        **settings,
    )

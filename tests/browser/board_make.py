"""A stand-in for the system of role `make`: the real one, whose network is a colour that comes step by step."""

import numpy as np
from starlette.routing import Mount

from components.roles import OnStep
from components.system import load_system
from components.systems.canvas.conditions import Conditions
from components.systems.canvas.predictor import CanvasPredictor
from components.systems.canvas.sampler import Sampler
from serving.app import Health
from serving.discovery.make_role import make_make_app
from serving.metrics import RequestMetrics

__all__ = ["Coloured", "make_system"]

SIDE_PX = 32
GREEN = np.array([40, 160, 90])


class Coloured(Sampler):
    """Makes all that is to be made green."""

    def make(
        self,
        condition_K: np.ndarray,
        seed: int,
        steps: int,
        guidance: float | None,
        pixels_SS3: np.ndarray | None = None,
        mask_SS: np.ndarray | None = None,
        on_step: OnStep | None = None,
    ) -> np.ndarray:
        made_SS3 = np.full((SIDE_PX, SIDE_PX, 3), GREEN, np.uint8)
        if pixels_SS3 is not None and mask_SS is not None:
            made_SS3 = np.where(mask_SS[..., None], made_SS3, pixels_SS3)
        for step in range(steps):
            if on_step is not None:
                on_step(step + 1, made_SS3)
        return made_SS3


def make_system(categories: tuple[str, ...], sampler: type[Coloured] = Coloured) -> Mount:
    """Of these categories."""
    conditions = Conditions({"category": categories})
    maker = CanvasPredictor(sampler(None, SIDE_PX, conditions, "coloured"))
    app = make_make_app(RequestMetrics("canvas", "test"), maker, load_system("canvas"), 1)
    app.state.health = Health(
        status="ok",
        system="canvas",
        version="1",
        bundle_hash="",
        dataset="world",
        data_version="",
        simulated=False,
        git_revision="",
    )
    return Mount("/canvas", app=app)

"""The exported flow, integrated from noise to a picture. numpy and onnxruntime alone.

Legend: S side in pixels, K numbers of a condition, 3 colours, 4 channels of what is known.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from components.session import open_session
from components.systems.canvas.conditions import Conditions
from data.errors import UserError
from data.files import sha256_file

__all__ = ["NETWORK", "Sampler"]

NETWORK = "velocity.onnx"
Told = Callable[[int, np.ndarray], None]  # steps done, and the picture as it seems by then, uint8 (S, S, 3)


class Sampler:
    """Safe to call from several threads at once. model: names the weights."""

    def __init__(self, session: Any, size_px: int, conditions: Conditions, model: str) -> None:
        self._session, self.size_px, self.conditions, self.model = session, size_px, conditions, model

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "Sampler":
        """Of the files of `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files are missing.
        """
        conditions = Conditions.open(bundle)
        try:
            session = open_session(bundle / NETWORK, threads)
            model = sha256_file(bundle / NETWORK)[:16]
        except FileNotFoundError as error:
            raise UserError(f"{error.filename} is missing; {bundle} is no bundle of canvas") from None
        size_px = next(one for one in session.get_inputs() if one.name == "x_N3SS").shape[-1]
        return cls(session, int(size_px), conditions, model)

    def make(
        self,
        condition_K: np.ndarray,
        seed: int,
        steps: int,
        guidance: float,
        pixels_SS3: np.ndarray | None = None,
        mask_SS: np.ndarray | None = None,
        told: Told | None = None,
    ) -> np.ndarray:
        """A picture uint8 (S, S, 3) by Euler steps with classifier-free guidance.

        Pictures are made one by one, so that others made at the same time change nothing.
        pixels_SS3, mask_SS: what is known, and where it is not; nothing is where they are None. told: is called after
        every step; what it raises ends the work.
        """
        size_px = self.size_px
        noise_3SS = np.random.default_rng(seed).standard_normal((3, size_px, size_px), np.float32)
        if pixels_SS3 is None or mask_SS is None:
            pixels_SS3, mask_SS = np.zeros((size_px, size_px, 3), np.uint8), np.ones((size_px, size_px), bool)
        known_3SS = np.where(mask_SS, 0, pixels_SS3.transpose(2, 0, 1) / np.float32(127.5) - 1).astype(np.float32)
        known_4SS = np.concatenate([known_3SS, mask_SS[None].astype(np.float32)])
        x_3SS: np.ndarray = noise_3SS
        for step in range(steps):
            t = np.float32(step / steps)
            x_3SS = np.where(mask_SS, x_3SS, (1 - t) * noise_3SS + t * known_3SS)
            velocity_3SS = self._velocity(x_3SS, t, condition_K, known_4SS, guidance)
            if told is not None:
                told(step + 1, _pixels(np.where(mask_SS, x_3SS + (1 - t) * velocity_3SS, known_3SS)))
            x_3SS = x_3SS + velocity_3SS / np.float32(steps)
        return _pixels(np.where(mask_SS, x_3SS, known_3SS))

    def _velocity(
        self, x_3SS: np.ndarray, t: np.float32, condition_K: np.ndarray, known_4SS: np.ndarray, guidance: float
    ) -> np.ndarray:
        conditions = [condition_K] if guidance == 1 else [condition_K, np.zeros_like(condition_K)]
        given = {
            "x_N3SS": np.stack([x_3SS] * len(conditions)).astype(np.float32),
            "t_N": np.full(len(conditions), t, np.float32),
            "condition_NK": np.stack(conditions),
            "known_N4SS": np.stack([known_4SS] * len(conditions)),
        }
        velocity_N3SS = self._session.run(None, given)[0]
        told_3SS, free_3SS = velocity_N3SS[0], velocity_N3SS[-1]
        return np.asarray(free_3SS + np.float32(guidance) * (told_3SS - free_3SS) if guidance != 1 else told_3SS)


def _pixels(picture_3SS: np.ndarray) -> np.ndarray:
    return np.rint((picture_3SS.clip(-1, 1) + 1) * 127.5).astype(np.uint8).transpose(1, 2, 0)

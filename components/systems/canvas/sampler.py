"""The exported flow, integrated from noise to a picture. numpy and onnxruntime alone.

Legend: S side in pixels, K numbers of a condition, 3 colours, 4 channels of what is known.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from components.session import open_session
from components.systems.canvas.conditions import Conditions
from data.errors import UserError

__all__ = ["FEW", "FEW_STEPS", "LARGER", "NETWORK", "Sampler", "of_student"]

NETWORK, FEW, LARGER = "velocity.onnx", "few.onnx", "larger.onnx"
FEW_STEPS = (1, 2, 4)  # the student makes a picture in so many
Told = Callable[[int, np.ndarray], None]  # steps done, and the picture as it seems by then, uint8 (S, S, 3)


class Sampler:
    """Safe to call from several threads at once. model: names the weights.

    few, larger: sessions of the student and of what makes pictures larger, None where the bundle has none.
    """

    def __init__(
        self, session: Any, size_px: int, conditions: Conditions, model: str, few: Any = None, larger: Any = None
    ) -> None:
        self._session, self.size_px, self.conditions, self.model = session, size_px, conditions, model
        self.few, self._larger = few, larger

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "Sampler":
        """Of the files of `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files are missing.
        """
        conditions = Conditions.open(bundle)
        if not (bundle / NETWORK).is_file():
            raise UserError(f"{bundle / NETWORK} is missing; {bundle} is no bundle of canvas")
        paths = [bundle / name for name in (NETWORK, FEW, LARGER)]
        session, few, larger = (open_session(path, threads) if path.is_file() else None for path in paths)
        digest = sha256(b"".join(path.read_bytes() for path in paths if path.is_file()))
        size_px = next(one for one in session.get_inputs() if one.name == "x_N3SS").shape[-1]  # type: ignore[union-attr]
        return cls(session, int(size_px), conditions, digest.hexdigest()[:16], few, larger)

    def make(
        self,
        condition_K: np.ndarray,
        seed: int,
        steps: int,
        guidance: float | None,
        pixels_SS3: np.ndarray | None = None,
        mask_SS: np.ndarray | None = None,
        told: Told | None = None,
    ) -> np.ndarray:
        """A picture uint8 (S, S, 3) by Euler steps with classifier-free guidance.

        Pictures are made one by one, so that others made at the same time change nothing.
        guidance: None asks the student, which has learned it and takes one of `FEW_STEPS`. pixels_SS3, mask_SS: what is
        known, and where it is not; nothing is where they are None. told: is called after every step; what it raises
        ends the work.
        """
        x_3SS = self.noise(seed)
        for step, (after_3SS, seems_3SS) in enumerate(
            self.way(condition_K, seed, steps, guidance, pixels_SS3, mask_SS)
        ):
            if told is not None:
                told(step + 1, _pixels(seems_3SS))
            x_3SS = after_3SS
        return _pixels(x_3SS)

    def way(
        self,
        condition_K: np.ndarray,
        seed: int,
        steps: int,
        guidance: float | None,
        pixels_SS3: np.ndarray | None = None,
        mask_SS: np.ndarray | None = None,
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Where each step of `make` leads, and the picture as it seems before it; both float32 (3, S, S)."""
        noise_3SS, known_4SS = self.noise(seed), self.known(pixels_SS3, mask_SS)
        known_3SS, is_made_SS = known_4SS[:3], known_4SS[3] > 0
        x_3SS = noise_3SS
        for step in range(steps):
            t, after = np.float32(step / steps), np.float32((step + 1) / steps)
            if guidance is None:
                velocity_3SS = _run(self.few, x_3SS, t, [of_student(condition_K, steps)], known_4SS)[0]
            else:
                velocity_3SS = self._velocity(x_3SS, t, condition_K, known_4SS, guidance)
            seems_3SS = np.where(is_made_SS, x_3SS + (1 - t) * velocity_3SS, known_3SS)
            x_3SS = x_3SS + velocity_3SS / np.float32(steps)
            x_3SS = np.where(is_made_SS, x_3SS, (1 - after) * noise_3SS + after * known_3SS)
            yield x_3SS, seems_3SS

    def noise(self, seed: int) -> np.ndarray:
        """Where `way` begins, float32 (3, S, S)."""
        return np.random.default_rng(seed).standard_normal((3, self.size_px, self.size_px), np.float32)

    def known(self, pixels_SS3: np.ndarray | None, mask_SS: np.ndarray | None) -> np.ndarray:
        """What both say, float32 (4, S, S): colours in -1 to 1, 0 where they are to be made, and there 1."""
        if pixels_SS3 is None or mask_SS is None:
            pixels_SS3, mask_SS = (
                np.zeros((self.size_px, self.size_px, 3), np.uint8),
                np.ones((self.size_px,) * 2, bool),
            )
        known_3SS = np.where(mask_SS, 0, _signed(pixels_SS3))
        return np.concatenate([known_3SS, mask_SS[None]]).astype(np.float32)

    def enlarged(self, pixels_SS3: np.ndarray) -> np.ndarray:
        """The picture made larger; as it is, where the bundle has nothing for it."""
        if self._larger is None:
            return pixels_SS3
        return _pixels(self._larger.run(None, {"small_N3SS": _signed(pixels_SS3)[None]})[0][0])

    def _velocity(
        self, x_3SS: np.ndarray, t: np.float32, condition_K: np.ndarray, known_4SS: np.ndarray, guidance: float
    ) -> np.ndarray:
        conditions = [condition_K] if guidance == 1 else [condition_K, np.zeros_like(condition_K)]
        velocity_N3SS = _run(self._session, x_3SS, t, conditions, known_4SS)
        told_3SS, free_3SS = velocity_N3SS[0], velocity_N3SS[-1]
        return np.asarray(free_3SS + np.float32(guidance) * (told_3SS - free_3SS) if guidance != 1 else told_3SS)


def of_student(condition_K: np.ndarray, steps: int) -> np.ndarray:
    """The condition with the number of steps, as the student is told it.

    Raises:
        UserError: it has learned no such number.
    """
    if steps not in FEW_STEPS:
        raise UserError(f"the student makes a picture in {', '.join(map(str, FEW_STEPS))} steps, not in {steps}")
    return np.concatenate([condition_K, np.array(FEW_STEPS) == steps]).astype(np.float32)


def _run(
    session: Any, x_3SS: np.ndarray, t: np.float32, conditions: Sequence[np.ndarray], known_4SS: np.ndarray
) -> np.ndarray:
    given = {
        "x_N3SS": np.stack([x_3SS] * len(conditions)).astype(np.float32),
        "t_N": np.full(len(conditions), t, np.float32),
        "condition_NK": np.stack(conditions),
        "known_N4SS": np.stack([known_4SS] * len(conditions)),
    }
    return np.asarray(session.run(None, given)[0])


def _signed(pixels_SS3: np.ndarray) -> np.ndarray:
    return np.asarray(pixels_SS3.transpose(2, 0, 1) / np.float32(127.5) - 1, np.float32)


def _pixels(picture_3SS: np.ndarray) -> np.ndarray:
    return np.rint((picture_3SS.clip(-1, 1) + 1) * 127.5).astype(np.uint8).transpose(1, 2, 0)

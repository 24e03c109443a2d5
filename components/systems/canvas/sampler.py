"""The exported flow, integrated from noise to a picture. numpy and onnxruntime alone.

Legend: S side in pixels, K numbers of a condition, 3 colours, 4 channels of what is known.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from components.roles import OnStep
from components.session import open_session
from components.systems.canvas.conditions import Conditions
from data.errors import UserError

__all__ = ["NETWORK", "STUDENT", "STUDENT_STEPS", "UPSAMPLER", "Sampler", "student_condition"]

NETWORK, STUDENT, UPSAMPLER = "velocity.onnx", "student.onnx", "upsampler.onnx"
STUDENT_STEPS = (1, 2, 4)  # numbers of steps that the student has learned


class Sampler:
    """Safe to call from several threads at once. model: names the weights.

    student, upsampler: their sessions, None if the bundle has none.
    """

    def __init__(
        self, session: Any, size_px: int, conditions: Conditions, model: str, student: Any = None, upsampler: Any = None
    ) -> None:
        self._session, self.size_px, self.conditions, self.model = session, size_px, conditions, model
        self.student, self._upsampler = student, upsampler

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "Sampler":
        """Of the files of `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files are missing.
        """
        conditions = Conditions.open(bundle)
        paths = [bundle / name for name in conditions.networks]
        for path in paths:
            if not path.is_file():
                raise UserError(f"{path} is missing; make or fetch the bundle again")
        sessions = {path.name: open_session(path, threads) for path in paths}
        session, digest = sessions[NETWORK], sha256(b"".join(path.read_bytes() for path in paths))
        size_px = next(one for one in session.get_inputs() if one.name == "x_N3SS").shape[-1]
        others = sessions.get(STUDENT), sessions.get(UPSAMPLER)
        return cls(session, int(size_px), conditions, digest.hexdigest()[:16], *others)

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
        """A picture uint8 (S, S, 3) by Euler steps with classifier-free guidance.

        Pictures are made one by one, so that others made at the same time change nothing.
        guidance: None uses the student, which has learned it and takes one of `STUDENT_STEPS`. pixels_SS3, mask_SS: a
        picture, and True for what of it is to be made; None for a whole new picture. on_step: called after every step;
        what it raises ends the work.
        """
        states = self.trajectory(condition_K, seed, steps, guidance, pixels_SS3, mask_SS)
        for step, (x_3SS, preview_3SS) in enumerate(states):  # noqa: B007 - the last is the picture
            if on_step is not None:
                on_step(step + 1, _pixels(preview_3SS))
        return _pixels(x_3SS)

    def trajectory(
        self,
        condition_K: np.ndarray,
        seed: int,
        steps: int,
        guidance: float | None,
        pixels_SS3: np.ndarray | None = None,
        mask_SS: np.ndarray | None = None,
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The state after each step of `make`, and the picture predicted before it; both float32 (3, S, S)."""
        noise_3SS, known_4SS = self.noise(seed), self.known(pixels_SS3, mask_SS)
        known_3SS, is_made_SS = known_4SS[:3], known_4SS[3] > 0
        x_3SS = noise_3SS
        for step in range(steps):
            t, after = np.float32(step / steps), np.float32((step + 1) / steps)
            if guidance is None:
                velocity_3SS = _run(self.student, x_3SS, t, [student_condition(condition_K, steps)], known_4SS)[0]
            else:
                velocity_3SS = self._velocity(x_3SS, t, condition_K, known_4SS, guidance)
            preview_3SS = np.where(is_made_SS, x_3SS + (1 - t) * velocity_3SS, known_3SS)
            x_3SS = x_3SS + velocity_3SS / np.float32(steps)
            x_3SS = np.where(is_made_SS, x_3SS, (1 - after) * noise_3SS + after * known_3SS)
            yield x_3SS, preview_3SS

    def noise(self, seed: int) -> np.ndarray:
        """The first state of a trajectory, float32 (3, S, S)."""
        return np.random.default_rng(seed).standard_normal((3, self.size_px, self.size_px), np.float32)

    def known(self, pixels_SS3: np.ndarray | None, mask_SS: np.ndarray | None) -> np.ndarray:
        """The network's input for what is known, float32 (4, S, S): colours in -1 to 1, and the mask."""
        if pixels_SS3 is None or mask_SS is None:
            pixels_SS3, mask_SS = (
                np.zeros((self.size_px, self.size_px, 3), np.uint8),
                np.ones((self.size_px,) * 2, bool),
            )
        known_3SS = np.where(mask_SS, 0, _signed(pixels_SS3))
        return np.concatenate([known_3SS, mask_SS[None]]).astype(np.float32)

    def upsampled(self, pixels_SS3: np.ndarray) -> np.ndarray:
        """The picture upsampled; unchanged, if the bundle has no upsampler."""
        if self._upsampler is None:
            return pixels_SS3
        return _pixels(self._upsampler.run(None, {"small_N3SS": _signed(pixels_SS3)[None]})[0][0])

    def _velocity(
        self, x_3SS: np.ndarray, t: np.float32, condition_K: np.ndarray, known_4SS: np.ndarray, guidance: float
    ) -> np.ndarray:
        conditions = [condition_K] if guidance == 1 else [condition_K, np.zeros_like(condition_K)]
        velocity_N3SS = _run(self._session, x_3SS, t, conditions, known_4SS)
        conditioned_3SS, free_3SS = velocity_N3SS[0], velocity_N3SS[-1]
        if guidance == 1:
            return np.asarray(conditioned_3SS)
        return np.asarray(free_3SS + np.float32(guidance) * (conditioned_3SS - free_3SS))


def student_condition(condition_K: np.ndarray, steps: int) -> np.ndarray:
    """The condition of the student, which includes the number of steps.

    Raises:
        UserError: it has not learned that number.
    """
    if steps not in STUDENT_STEPS:
        raise UserError(f"the student makes a picture in {', '.join(map(str, STUDENT_STEPS))} steps, not in {steps}")
    return np.concatenate([condition_K, np.array(STUDENT_STEPS) == steps]).astype(np.float32)


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

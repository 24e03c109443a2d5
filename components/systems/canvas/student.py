"""A student of the flow, which makes a picture in few steps: each of its steps leads where several of the flow's lead.

Legend: N segments, M trajectories, S side in pixels, K numbers of a condition, C channels of a stored trajectory:
`STATES` times 3 colours, then 4 of what is known.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from components.learning.ranks import together
from components.system import Progress
from components.systems.canvas.config import Config
from components.systems.canvas.network import VelocityNetwork, write_velocity
from components.systems.canvas.sampler import STUDENT, STUDENT_STEPS, Sampler, student_condition
from components.systems.canvas.task import ConditionedPictures, masked_mean, masks, train_stage

__all__ = ["Trajectories", "distill"]

FLOW_STEPS = 12  # of the flow from noise to a picture
STATES = 5  # stored of a trajectory, at equal times, both ends among them
SEGMENTS = [  # the state at which a step of the student starts, and how many states on it ends
    (start, 4 // steps) for steps in STUDENT_STEPS for start in range(0, 4, 4 // steps)
]
HELD_OUT = 0.05


def distill(
    flow: VelocityNetwork,
    sampler: Sampler,
    pictures: ConditionedPictures,
    config: Config,
    work: Path,
    bundle: Path,
    progress: Progress,
) -> None:
    """Write the student of `flow`, whose exported form is `sampler`.

    pictures: those whose conditions and known parts the trajectories have. Source: Luhman and Luhman 2021 (arXiv
    2101.02388), with steps of several lengths as Frans et al. 2024 (arXiv 2410.12557).
    """
    assert config.student is not None
    trajectories_MCSS, condition_MK = _trajectories(sampler, pictures, config, work, progress)
    held_out = max(1, round(HELD_OUT * config.student.pictures))
    parts = slice(held_out, None), slice(held_out)
    dim = condition_MK.shape[1] + len(STUDENT_STEPS)
    student = VelocityNetwork(config.network, dim)
    weights = flow.state_dict()
    weights["condition.0.weight"] = F.pad(weights["condition.0.weight"], (0, len(STUDENT_STEPS)))
    student.load_state_dict(weights)

    def loss(batch: tuple[Tensor, ...], _: torch.Generator | None) -> Tensor:
        x_N3SS, t_N, condition_NK, known_N4SS, end_N3SS, length_N = batch
        velocity_N3SS = student(x_N3SS, t_N, condition_NK, known_N4SS)
        off_N3SS = x_N3SS + length_N[:, None, None, None] * velocity_N3SS - end_N3SS
        return masked_mean(off_N3SS.square(), known_N4SS[:, 3:])

    examples = [Trajectories(trajectories_MCSS[part], condition_MK[part]) for part in parts]
    train_stage(student, loss, examples, config.student.epochs, config.training, work / "student", progress)
    write_velocity(student, dim, sampler.size_px, bundle / STUDENT)


def _trajectories(
    sampler: Sampler, pictures: ConditionedPictures, config: Config, work: Path, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Trajectories of the flow float16 (M, C, S, S) and their conditions (M, K); a killed training's are read again."""
    assert config.student is not None
    count, size_px = config.student.pictures, sampler.size_px
    generator = torch.Generator().manual_seed(config.training.seed)
    row_M = torch.randint(len(pictures), (count,), generator=generator).numpy()
    parts = torch.tensor(sampler.conditions.parts)
    kept_MP = torch.rand(count, len(parts), generator=generator) < config.flow.condition_kept
    condition_MK = pictures.condition_NK[row_M] * kept_MP.repeat_interleave(parts, dim=1).numpy()
    mask_MSS = masks(count, size_px, config.flow.inpainted, generator)[:, 0].numpy() > 0
    path = work / "trajectories.npy"
    if not path.is_file():
        part = path.with_suffix(f".{together()[0]}.part")  # processes that train together make the same
        shape = (count, 3 * STATES + 4, size_px, size_px)
        stored_MCSS = np.lib.format.open_memmap(part, "w+", np.float16, shape)
        for row, stored_CSS in enumerate(stored_MCSS):
            shown = (pictures.pixels_NSS3[row_M[row]], mask_MSS[row])
            steps = sampler.trajectory(condition_MK[row], row, FLOW_STEPS, config.evaluation.guidance, *shown)
            states = [sampler.noise(row), *(x_3SS for x_3SS, _ in steps)]
            stored_CSS[:] = np.concatenate([*states[:: FLOW_STEPS // (STATES - 1)], sampler.known(*shown)])
            progress("trajectories", row + 1, count, {})
        stored_MCSS.flush()
        part.rename(path)
    return np.load(path, mmap_mode="r"), condition_MK


class Trajectories:
    """The segments of stored trajectories float16 (M, C, S, S), each as long as one step of the student.

    condition_MK: what each trajectory was to show.
    """

    def __init__(self, stored_MCSS: np.ndarray, condition_MK: np.ndarray) -> None:
        self.stored_MCSS, self.condition_MK = stored_MCSS, condition_MK
        self.steps = [torch.tensor(student_condition(np.zeros(0), 4 // length)) for _, length in SEGMENTS]

    def __len__(self) -> int:
        return len(self.stored_MCSS) * len(SEGMENTS)

    def __getitems__(self, places: list[tuple[int, int]] | list[int]) -> tuple[Tensor, ...]:
        """Of each segment: its start, time, condition, what is known, its end, and its length in time."""
        chosen = [divmod(place if isinstance(place, int) else place[1], len(SEGMENTS)) for place in places]
        rows, segments = zip(*chosen, strict=True)
        stored_NCSS = torch.tensor(self.stored_MCSS[list(rows)]).float()
        state_NT3SS = stored_NCSS[:, : 3 * STATES].unflatten(1, (STATES, 3))
        start_N, length_N = torch.tensor([SEGMENTS[segment] for segment in segments]).T
        steps_N3 = torch.stack([self.steps[segment] for segment in segments])
        condition_NK = torch.cat([torch.tensor(self.condition_MK[list(rows)]), steps_N3], 1)
        row_N, last = torch.arange(len(chosen)), STATES - 1
        start_N3SS, end_N3SS = state_NT3SS[row_N, start_N], state_NT3SS[row_N, start_N + length_N]
        return start_N3SS, start_N / last, condition_NK, stored_NCSS[:, 3 * STATES :], end_N3SS, length_N / last

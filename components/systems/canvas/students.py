"""Small networks taught after the flow: one makes a picture in few of its steps, the other makes pictures larger.

Legend: N examples, M pictures made to learn from, S side in pixels, L side of the larger picture, K numbers of a
condition, C the channels of a way: `STOPS` times 3 colours, then 4 of what is known.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.export import write_onnx
from components.learning.loader import batches
from components.learning.loop import train
from components.learning.optimizer import one_cycle_adamw
from components.learning.ranks import together
from components.system import Progress
from components.systems.canvas.config import Config, LargerConfig
from components.systems.canvas.network import VelocityNetwork, write_velocity
from components.systems.canvas.sampler import FEW, FEW_STEPS, LARGER, Sampler, of_student
from components.systems.canvas.task import MONITOR, masks

__all__ = ["Ways", "teach_few", "teach_larger"]

WAY_STEPS, STOPS = 12, 5  # of the flow from noise to a picture; places at equal times on it, both ends among them
PIECES = [
    (start, 4 // steps) for steps in FEW_STEPS for start in range(0, 4, 4 // steps)
]  # the first stop, how many on
HELD_OUT = 0.05
NOISE = 0.02  # in a small picture, whose colours go from -1 to 1: the flow leaves some
LAYERS = 4
CROP_PX = 32


def teach_few(
    flow: VelocityNetwork,
    sampler: Sampler,
    pixels_NSS3: np.ndarray,
    condition_NK: np.ndarray,
    config: Config,
    work: Path,
    bundle: Path,
    progress: Progress,
) -> None:
    """Write the student of `flow`, exported as `sampler`: a step of it leads where several of the flow's lead.

    Source: Luhman and Luhman 2021 (arXiv 2101.02388), for steps of several lengths as Frans et al. 2024 (arXiv
    2410.12557).
    """
    few = config.few
    assert few is not None
    given = (pixels_NSS3, condition_NK)
    ways_MCSS, told_MK = _ways(sampler, *given, config, work, progress)
    count = max(1, round(HELD_OUT * few.pictures))
    taught = [Ways(ways_MCSS[part], told_MK[part]) for part in (slice(count, None), slice(count))]
    student = VelocityNetwork(config.network, condition_NK.shape[1] + len(FEW_STEPS))
    weights = flow.state_dict()
    weights["condition.0.weight"] = F.pad(weights["condition.0.weight"], (0, len(FEW_STEPS)))
    student.load_state_dict(weights)
    _train(_StudentTask(student, config), taught, few.epochs, config, work / "few", progress)
    write_velocity(student, condition_NK.shape[1] + len(FEW_STEPS), sampler.size_px, bundle / FEW)


def teach_larger(pictures: Sequence[np.ndarray], config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Write what makes pictures larger; pictures: uint8 (N, L, L, 3) to learn from, and such that are held out."""
    larger = config.larger
    assert larger is not None
    network = _Larger(larger)
    _train(
        _LargerTask(network, config),
        [_Pictures(one) for one in pictures],
        larger.epochs,
        config,
        work / "larger",
        progress,
    )
    sample = {"small_N3SS": torch.rand(3, 3, config.network.size_px, config.network.size_px) * 2 - 1}
    write_onnx(network.eval(), sample, ["larger_N3LL"], {"small_N3SS": {0: "N"}}, bundle / LARGER)


def _train(
    task: L.LightningModule, given: Sequence[Any], epochs: int, config: Config, work: Path, progress: Progress
) -> None:
    training = config.training.model_copy(update={"epochs": epochs, "patience": epochs, "validate_every": 1})
    loaders = batches(given[0], training.batch_size, training.seed), batches(given[1], training.batch_size)
    work.mkdir(exist_ok=True)
    train(task, *loaders, training, MONITOR, work, progress)


def _ways(
    sampler: Sampler, pixels_NSS3: np.ndarray, condition_NK: np.ndarray, config: Config, work: Path, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Ways of the flow float16 (M, C, S, S), those of a killed training as they are, and their conditions (M, K)."""
    assert config.few is not None
    count, size_px = config.few.pictures, sampler.size_px
    generator = torch.Generator().manual_seed(config.training.seed)
    rows_M = torch.randint(len(pixels_NSS3), (count,), generator=generator).numpy()
    parts = torch.tensor(sampler.conditions.parts)
    told_MP = torch.rand(count, len(parts), generator=generator) < config.flow.told
    told_MK = condition_NK[rows_M] * told_MP.repeat_interleave(parts, dim=1).numpy()
    mask_MSS = masks(count, size_px, config.flow.filled, generator)[:, 0].numpy() > 0
    path = work / "ways.npy"
    if not path.is_file():
        part = path.with_suffix(f".{together()[0]}.part")  # processes that train together make the same
        shape = (count, 3 * STOPS + 4, size_px, size_px)
        ways_MCSS = np.lib.format.open_memmap(part, "w+", np.float16, shape)
        for row, way_CSS in enumerate(ways_MCSS):
            asked = (told_MK[row], row, WAY_STEPS, config.evaluation.guidance, pixels_NSS3[rows_M[row]], mask_MSS[row])
            states = [sampler.noise(row), *(x_3SS for x_3SS, _ in sampler.way(*asked))]
            way_CSS[:] = np.concatenate([*states[:: WAY_STEPS // (STOPS - 1)], sampler.known(*asked[4:])])
            progress("ways", row + 1, count, {})
        ways_MCSS.flush()
        part.rename(path)
    return np.load(path, mmap_mode="r"), told_MK


class Ways:
    """All pieces of ways of the flow: a step of the student is a whole one.

    ways_NCSS: float16, each with its places in order and what was known. condition_NK: what each was to show.
    """

    def __init__(self, ways_NCSS: np.ndarray, condition_NK: np.ndarray) -> None:
        self.ways_NCSS, self.condition_NK = ways_NCSS, condition_NK
        self.lengths = [torch.tensor(of_student(np.zeros(0), 4 // count)) for _, count in PIECES]

    def __len__(self) -> int:
        return len(self.ways_NCSS) * len(PIECES)

    def __getitems__(self, places: list[tuple[int, int]] | list[int]) -> tuple[Tensor, ...]:
        """Of each place a piece of a way: its start, time, condition, what is known, where it leads, and its length."""
        chosen = [divmod(place if isinstance(place, int) else place[1], len(PIECES)) for place in places]
        way_NCSS = torch.tensor(self.ways_NCSS[[row for row, _ in chosen]]).float()
        states_NT3SS = way_NCSS[:, : 3 * STOPS].unflatten(1, (STOPS, 3))
        start_N, count_N = torch.tensor([PIECES[piece] for _, piece in chosen]).T
        rows_N = torch.arange(len(chosen))
        length_N3 = torch.stack([self.lengths[piece] for _, piece in chosen])
        condition_NK = torch.cat([torch.tensor(self.condition_NK[[row for row, _ in chosen]]), length_N3], 1)
        x_N3SS, leads_N3SS = states_NT3SS[rows_N, start_N], states_NT3SS[rows_N, start_N + count_N]
        return x_N3SS, start_N / (STOPS - 1), condition_NK, way_NCSS[:, 3 * STOPS :], leads_N3SS, count_N / (STOPS - 1)


class _Pictures:
    def __init__(self, pixels_NLL3: np.ndarray) -> None:
        self.pixels_NLL3 = pixels_NLL3

    def __len__(self) -> int:
        return len(self.pixels_NLL3)

    def __getitems__(self, places: list[tuple[int, int]] | list[int]) -> tuple[Tensor]:
        rows = [place if isinstance(place, int) else place[1] for place in places]
        return (torch.tensor(self.pixels_NLL3[rows]).permute(0, 3, 1, 2).float() / 127.5 - 1,)


class _Larger(nn.Module):
    """What a cubic interpolation lacks, said at the small size (Shi et al. 2016, arXiv 1609.05158)."""

    def __init__(self, config: LargerConfig) -> None:
        super().__init__()
        self.factor, width = config.factor, config.width
        between = [part for _ in range(LAYERS) for part in (nn.Conv2d(width, width, 3, padding=1), nn.SiLU())]
        last = nn.Conv2d(width, 3 * self.factor**2, 3, padding=1)
        nn.init.zeros_(last.weight)
        self.layers = nn.Sequential(nn.Conv2d(3, width, 5, padding=2), nn.SiLU(), *between, last)

    def forward(self, small_N3SS: Tensor) -> Tensor:
        plain_N3LL = F.interpolate(small_N3SS, scale_factor=float(self.factor), mode="bicubic")
        return plain_N3LL + F.pixel_shuffle(self.layers(small_N3SS), self.factor)


class _Task(L.LightningModule):
    def __init__(self, network: nn.Module, config: Config) -> None:
        super().__init__()
        self.network, self.config = network, config

    def training_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> Tensor:  # noqa: ARG002
        loss = self.loss(batch)
        self.log("train/loss", loss.detach(), on_step=False, on_epoch=True, batch_size=len(batch[0]))
        return loss

    def validation_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> None:  # noqa: ARG002
        self.log(MONITOR, -self.loss(batch), batch_size=len(batch[0]))

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        raise NotImplementedError

    def configure_optimizers(self) -> Any:
        return one_cycle_adamw(self.network, self.config.training, int(self.trainer.estimated_stepping_batches))


class _StudentTask(_Task):
    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        x_N3SS, t_N, condition_NK, known_N4SS, leads_N3SS, length_N = batch
        velocity_N3SS = self.network(x_N3SS, t_N, condition_NK, known_N4SS)
        off_N3SS = x_N3SS + length_N[:, None, None, None] * velocity_N3SS - leads_N3SS
        mask_N1SS = known_N4SS[:, 3:]
        return ((off_N3SS.square() * mask_N1SS).sum((1, 2, 3)) / (3 * mask_N1SS.sum((1, 2, 3)))).mean()


class _LargerTask(_Task):
    def __init__(self, network: _Larger, config: Config) -> None:
        super().__init__(network, config)
        self.factor = network.factor

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        (large_N3LL,) = batch
        factor = self.factor
        if self.training:  # a part of each, for a network that sees but a few pixels around
            side = CROP_PX * factor
            top, left = (int(torch.randint(large_N3LL.shape[-1] - side + 1, ())) for _ in range(2))
            large_N3LL = large_N3LL[..., top : top + side, left : left + side]
        small_N3SS = F.avg_pool2d(large_N3LL, factor)
        if self.training:
            small_N3SS = small_N3SS + NOISE * torch.randn(small_N3SS.shape)
        return (self.network(small_N3SS) - large_N3LL).abs().mean()

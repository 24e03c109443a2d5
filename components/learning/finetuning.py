"""Fine-tuning of a pretrained encoder: how much each of its layers learns."""

from collections.abc import Mapping

from timm.models import group_parameters
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from components.learning.config import FineTuningConfig
from data.errors import UserError

__all__ = ["freeze", "keep_statistics", "learning_rates"]


def freeze(encoder: nn.Module, config: FineTuningConfig) -> None:
    """Let the lowest `config.frozen` layers of a timm model keep their weights.

    Raises:
        UserError: it has no more layers than that.
    """
    layers = _layers(encoder)
    if config.frozen > max(layers.values()):
        raise UserError(
            f"fine_tuning.frozen is {config.frozen}, and the encoder has {max(layers.values()) + 1} layers; "
            "let the upper ones learn"
        )
    for name, parameter in encoder.named_parameters():
        parameter.requires_grad_(layers[name] >= config.frozen)


def keep_statistics(encoder: nn.Module) -> None:
    """Normalise by the statistics of the pretraining, which a few thousand pictures cannot better."""
    for module in encoder.modules():
        if isinstance(module, _BatchNorm):
            module.eval()


def learning_rates(encoder: nn.Module, config: FineTuningConfig, prefix: str = "") -> Mapping[str, float]:
    """Parameter to the factor of its learning rate: `layer_decay` for the top layer, its square for the next …

    prefix: of the parameters' names in the whole network. What is on top of the encoder has the factor 1.
    Source: Clark et al. 2020 (arXiv 2003.10555), section 3.1 and appendix A.
    """
    layers = _layers(encoder)
    top = max(layers.values())
    return {f"{prefix}{name}": config.layer_decay ** (1 + top - layer) for name, layer in layers.items()}


def _layers(encoder: nn.Module) -> Mapping[str, int]:
    """Parameter to its layer, as timm groups them: 0 is the stem."""
    groups: Mapping[str, int] = group_parameters(encoder, encoder.group_matcher(coarse=True), reverse=True)  # type: ignore[operator]
    return groups

"""Scene parsing in the composed service: role `parse`, which is asked what the system's own service is asked."""

from components.systems.scene_parsing.predictor import open_bundle as open_role

__all__ = ["open_role"]

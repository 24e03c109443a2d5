"""Augmented batches of decoded pictures: random draws, geometry, colour, and the batches."""

from components.learning.augment.pictures import AugmentedPictures, PlainPictures

__all__ = ["AugmentedPictures", "PlainPictures"]

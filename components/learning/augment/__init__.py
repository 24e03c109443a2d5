"""Augmented batches of decoded pictures: what is drawn, the way of the pixels, colour, and the batches."""

from components.learning.augment.pictures import AugmentedPictures, PlainPictures

__all__ = ["AugmentedPictures", "PlainPictures"]

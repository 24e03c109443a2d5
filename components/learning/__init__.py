"""Shared parts of training: the loop, losses, augmentation, cache of decoded pictures."""

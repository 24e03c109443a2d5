"""Bytes of a picture to arrays, the same way in training, evaluation and serving."""

"""Errors that people can act on: one sentence with what is wrong and what to do."""

__all__ = ["BrokenCheckError", "UserError"]


class UserError(ValueError):
    """Something a person handed in, or a state of their machine, that they can mend."""


class BrokenCheckError(RuntimeError):
    """A check that could not run: an error of ours, which says nothing about the data."""

"""Kinds of raw data, and how each becomes canonical tables."""

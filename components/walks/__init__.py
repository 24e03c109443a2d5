"""Walks on a graph of boards and items."""

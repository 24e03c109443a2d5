"""Exact and filtered vector search."""

"""Silhouettes of what is worn."""

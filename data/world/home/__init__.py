"""Silhouettes of what furnishes a home."""

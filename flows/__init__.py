"""Prefect flows around the steps of the lifecycle."""

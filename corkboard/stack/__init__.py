"""Prefect, MLflow and a worker, started and stopped together on this machine."""

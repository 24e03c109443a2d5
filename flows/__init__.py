"""When it happens: Prefect flows that read like the list of steps."""

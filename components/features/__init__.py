"""Features that follow events: one definition, the same value from a log afterwards and from a stream as it happens."""

"""The command line: a thin convenience over the native tools."""

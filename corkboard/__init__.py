"""The command line, a thin layer over the native tools."""

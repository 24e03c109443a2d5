"""The lifecycle's steps, one plain function per module."""

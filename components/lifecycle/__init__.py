"""The lifecycle's steps, one plain function a module."""

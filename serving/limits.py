"""How much one request may bring."""

__all__ = ["MAX_BODY_BYTES", "MAX_UPLOAD_BYTES"]

MAX_UPLOAD_BYTES = 10 * 1024 * 1024  # of a picture
MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 64 * 1024  # with its form fields

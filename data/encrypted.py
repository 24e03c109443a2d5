"""A plugin of SQLAlchemy, by the entry point `sqlalchemy.plugins`: TLS for the driver pg8000, which reads no options.

MLflow, its server and its commands make their engines from an address alone; `?plugin=corkboard` asks for this.
"""

from typing import Any

from sqlalchemy.engine import URL, CreateEnginePlugin

from data.database import AUTHORITY, MODE, encryption

__all__ = ["Encrypted"]


class Encrypted(CreateEnginePlugin):
    """See https://docs.sqlalchemy.org/en/20/core/connections.html#sqlalchemy.engine.CreateEnginePlugin."""

    def __init__(self, url: URL, kwargs: dict[str, Any]) -> None:
        bare = url.difference_update_query(["plugin"])
        kwargs["connect_args"] = {**kwargs.get("connect_args", {}), "ssl_context": encryption(str(bare))}

    def update_url(self, url: URL) -> URL:
        return url.difference_update_query([MODE, AUTHORITY])

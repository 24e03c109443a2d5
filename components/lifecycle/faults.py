"""Expected errors as one sentence: what is wrong and what to do."""

from components.lifecycle.tracking import location
from data.disk import denied, full
from data.errors import UserError, printable

__all__ = ["foreseen", "told"]

TRACKER = ("mlflow", "requests", "urllib3", "botocore", "sqlalchemy", "pg8000")  # whose errors MLflow's client raises
SHOWN = 300  # characters shown of a tool's message


def foreseen(error: BaseException) -> str | None:
    """One line for an error that the user can fix; None for an unexpected one."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and (sentence := full(error) or denied(error)):
        return printable(sentence)
    if type(error).__module__.partition(".")[0] in TRACKER:
        first = (told(error).strip().splitlines() or [type(error).__name__])[0]
        return f"MLflow at {location()} failed: {first[:SHOWN]}; mend that and run again, nothing finished is redone"
    return None


def told(error: BaseException) -> str:
    """What an error says; of one that PostgreSQL sent, its message alone."""
    origin = getattr(error, "orig", None) or error  # SQLAlchemy's hold that of the driver
    fields = origin.args[0] if origin.args else None
    return str(fields["M"]) if isinstance(fields, dict) and "M" in fields else str(error)

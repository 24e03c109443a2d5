"""A person, of whom all that is stored can be erased."""

from starlette.responses import Response

from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.more import told

__all__ = ["forget"]


async def forget(context: Context, call: Call) -> Response:
    """Erase a person's events and boards; of somebody unknown there is nothing to erase, which is no error."""
    user_id = call.path["user_id"]
    await context.blocking(context.state.boards.forget, user_id)
    await context.blocking(context.state.events.forget, user_id)
    await told(context)
    return Response(status_code=204)

"""A person, of whom all that is stored can be erased."""

from starlette.responses import Response

from serving.discovery.call import Call
from serving.discovery.context import Context

__all__ = ["forget"]


async def forget(context: Context, call: Call) -> Response:
    """Erase a person's events and boards, and whose ads they saw; of somebody unknown there is nothing to erase."""
    user_id = call.path["user_id"]
    await context.blocking(context.state.boards.forget, user_id)
    await context.blocking(context.state.events.forget, user_id)
    if context.state.campaigns is not None:
        await context.blocking(context.state.campaigns.forget, user_id)
    return Response(status_code=204)

"""Whether what people send may come in, and what they are sent may leave, as the system of role `check` says.

Where none is released, nothing is checked. One that does not answer lets nothing in: the answer is 503 and names it.
"""

from collections.abc import Iterable
from typing import Any

from pydantic_core import to_json

from components.message import PICTURE
from components.roles import CHECK
from serving.discovery.context import Context
from serving.errors import RequestError
from serving.form import Field, write_form
from serving.requests import REQUEST

__all__ = ["ADULTS", "AGE", "AUDIENCE", "HOLD", "checked", "may_leave"]

AUDIENCE, ADULTS = "audience", "adults"  # the attribute of an item that is for adults alone
ALLOW, HOLD, AGE, BLOCK = "allow", "hold", "age", "block"


async def checked(context: Context, texts: Iterable[str], picture: bytes | None = None) -> dict[str, Any]:
    """`action`: allow, age or hold; and the `findings` that ask for it.

    Raises:
        RequestError: 422, it is blocked, or what checks cannot read it.
        PeerFailed: what checks does not answer, so that nothing may come in.
    """
    text = "\n".join(given for given in texts if given.strip())
    peer = context.peers[CHECK]
    if not peer.is_there or (not text and picture is None):
        return {"action": ALLOW, "findings": []}
    if picture is None:
        answer = await peer.post("/v1/check", to_json({"text": text}))
    else:
        form = [Field(REQUEST, to_json({"text": text})), Field(PICTURE, picture, is_file=True)]
        answer = await peer.post("/v1/check", *write_form(form))
    reasons = [finding for finding in answer["findings"] if finding["action"] == answer["action"]]
    if answer["action"] == BLOCK:
        kinds = " and ".join(finding["kind"] for finding in reasons)
        raise RequestError(422, f"this cannot be taken in, since it seems to be {kinds}; send something else")
    return {"action": answer["action"], "findings": reasons}


async def may_leave(context: Context, texts: Iterable[str], picture: bytes | None = None) -> bool:
    """Whether `texts` and `picture` may be sent as they are: nobody reviews them, nor knows the age of who sees them.

    Raises:
        PeerFailed: what checks does not answer, so that nothing may be sent.
    """
    try:
        return bool((await checked(context, texts, picture))["action"] == ALLOW)
    except RequestError:
        return False

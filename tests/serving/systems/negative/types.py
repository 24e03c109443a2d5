"""What is asked and what is answered."""

from pydantic import Field

from data.params import Strict


class Request(Strict):
    """Turn a picture into its negative."""

    strength: float = Field(1.0, ge=0, le=1, description="0 leaves the picture as it is")


class Response(Strict):
    mean: float = Field(description="of the pixels of the answer, 0 to 255")

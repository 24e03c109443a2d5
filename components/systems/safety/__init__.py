"""safety: how hateful or offensive a text is and how sexual a picture is, and what the policy does with it.

Not for decisions on people: it judges a text or a picture and nobody's character, and knows English alone.
"""

from components.message import PICTURE, PICTURES
from components.system import System

SYSTEM = System(
    __name__,
    tables={"texts": ("text_id", "source", "text", "hateful", "offensive", "test", "term", "template", "split")},
    route="check",
    takes={PICTURE: PICTURES},
)

"""A process that labels and can be killed: `labelling.py ADDRESS`, in the state folder of the environment."""

import sys

from components.labels.asking import ask
from components.labels.question import Question, Task, form
from components.labels.store import opened_store
from components.language.client import Client
from components.language.endpoint import Endpoint
from components.language.prompt import load_prompt

__all__ = ["label_all", "shirts"]


def shirts(count: int) -> Task:
    """Questions about shirts, whose category people know."""
    questions = [
        Question("", f"i{number}", {"title": f"Shirt {number}."}, {"category": "Shirts"}) for number in range(count)
    ]
    answer = form("attributes", {"category": ("Dresses", "Shirts")})
    return Task(load_prompt("attributes"), answer, questions, usual={"category": "Dresses"})


def label_all(url: str, count: int = 12) -> int:
    """Label what has no label; returns how many questions had one."""
    endpoint = Endpoint(url=url, model="m", identity="stub", parallel=1)
    with opened_store("toys") as store, Client(endpoint) as client:
        return ask(client, shirts(count), store, lambda *progress: None, lambda given: None).before


if __name__ == "__main__":
    label_all(sys.argv[1])

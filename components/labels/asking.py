"""Asks all questions that have no label yet; each answer is kept before the next counts."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from components.labels.claims import supported
from components.labels.question import Question, Task
from components.labels.store import Label, Store
from components.language.client import Client, InvalidAnswerError, Reply, asked, request_of
from components.language.endpoint import Endpoint
from components.system import Progress

__all__ = ["Asked", "Given", "ask", "key_of", "labels_of"]

MOST_IN_A_ROW = 5  # questions without a valid answer, until no further one is asked
AHEAD = 4  # questions a thread that wait for their turn


@dataclass
class Asked:
    """What became of the questions: answered now, before, not in the wanted form, and texts that do not hold."""

    new: int = 0
    before: int = 0
    invalid: int = 0
    dropped: int = 0
    why: str = ""
    tokens: list[int] = field(default_factory=lambda: [0, 0])
    cost: float | None = None
    seconds: float = 0.0

    def used(self, tokens: tuple[int, int], cost: float | None) -> None:
        """Count what an answer took."""
        self.tokens = [self.tokens[0] + tokens[0], self.tokens[1] + tokens[1]]
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost


@dataclass(frozen=True)
class Given:
    """A question with its answer and the labels that come of it."""

    question: Question
    body: dict[str, object]
    reply: Reply
    labels: Sequence[Label]


def key_of(endpoint: Endpoint, task: Task, question: Question) -> tuple[dict[str, object], tuple[str, str, str]]:
    """The request of a question, and by what its labels are known: query, item and hash of the request."""
    messages = task.prompt.messages(question.given, task.examples)
    body = request_of(endpoint, messages, task.answer, task.prompt.most_tokens)
    return body, (question.query_id, question.item_id, asked(endpoint, body))


def ask(client: Client, task: Task, store: Store, progress: Progress, answered: Callable[[Given], None]) -> Asked:
    """Label what has no label; `answered` is called in this thread for each new answer.

    Raises:
        EndpointError: the endpoint gives no answer; what was labelled is kept.
        InvalidAnswerError: several answers in a row did not have the wanted form.
    """
    begun = time.monotonic()
    done, known = Asked(), store.asked()
    keyed = [(question, *key_of(client.endpoint, task, question)) for question in task.questions]
    waiting = [(question, body) for question, body, key in keyed if key not in known]
    done.before = len(keyed) - len(waiting)
    in_a_row = 0
    for number, (question, body, future) in enumerate(_futures(client, task, waiting), 1):
        try:
            reply = future.result()
        except InvalidAnswerError as error:
            done.invalid, done.why, in_a_row = done.invalid + 1, done.why or str(error), in_a_row + 1
            done.used(error.tokens, error.cost)
            if in_a_row == MOST_IN_A_ROW:
                raise
            continue
        in_a_row = 0
        labels = labels_of(client.endpoint, task, question, reply)
        store.put(labels)
        done.new += 1
        if not reply.kept:
            done.used(reply.tokens, reply.cost)
        done.dropped += not labels
        if labels or not reply.kept:  # what was dropped before is dropped again
            answered(Given(question, body, reply, labels))
        progress(f"labelling {task.prompt.name}", number, len(waiting), {})
    done.seconds = time.monotonic() - begun
    return done


def _futures(
    client: Client, task: Task, waiting: Sequence[tuple[Question, dict[str, object]]]
) -> Iterator[tuple[Question, dict[str, object], "Future[Reply]"]]:
    """The questions in order, a few of them asked ahead; where the reader stops, those that wait are not asked."""
    most = client.endpoint.parallel
    pool = ThreadPoolExecutor(most)
    under_way: list[tuple[Question, dict[str, object], Future[Reply]]] = []
    try:
        for question, body in waiting:
            under_way.append((question, body, pool.submit(client.ask, body, task.answer)))
            if len(under_way) >= most * AHEAD:
                yield under_way.pop(0)
        while under_way:
            yield under_way.pop(0)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def labels_of(endpoint: Endpoint, task: Task, question: Question, reply: Reply) -> list[Label]:
    """The labels of an answer; of texts, the sentences whose claims hold, and none at all where one has none left."""
    values = {name: str(said) for name, said in reply.values.items()}
    if task.vocabulary:
        given = " ".join(str(question.given.get(name, "")) for name in ("title", "description"))
        values = {name: supported(said, question.held, task.vocabulary, given) for name, said in values.items()}
        if not all(values.values()):
            return []
    return [
        Label(
            query_id=question.query_id,
            item_id=question.item_id,
            name=name,
            value=value,
            confidence=reply.sure.get(name),
            prompt=task.prompt.name,
            prompt_version=task.prompt.version,
            prompt_hash=task.prompt.hash,
            model=endpoint.model,
            asked=reply.asked,
            time_s=reply.started_s + reply.seconds,
        )
        for name, value in values.items()
    ]

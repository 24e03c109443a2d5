"""Training: documents and judged queries in, a bundle out."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from components.finding.judgements import Query, clicks_of, documents_of, items_of, queries_of
from components.finding.networks import MEANING, PICTURES, TEXTS, TOKENS, Networks
from components.finding.ranker import Ranker
from components.finding.shelf import FILES, load_stored
from components.keywords.suggestions import Suggestions, of_titles
from components.ranking.clicks import ClickRates
from components.reading.fit import Labelled, fit_reader, labels_of
from components.reading.reader import Reader
from components.system import Progress
from components.systems.search_relevance.config import Config
from components.systems.search_relevance.fit_looks import fit_looks
from components.systems.search_relevance.fit_meaning import fit_meaning
from components.systems.search_relevance.fit_ranking import fit_ranking, gathered
from components.systems.search_relevance.predictor import PEOPLE, SHELF, SearchPredictor
from components.systems.search_relevance.teacher import taught
from components.text.encoder import StaticEncoder, open_text_encoder
from components.text.weights import write_text_encoder
from data.dataset import Dataset
from data.errors import UserError
from data.files import sha256_file, write_text
from data.project import home

__all__ = ["fit"]

CATEGORY = "category"
DONE = "done"  # the file of a kept shelf that is written last
DESCRIBES = 2.5  # least grade of an item that a query describes
MOST_KEPT = 8  # shelves, of all data sets
MOST_DESCRIBING = 20  # queries that describe an item


def fit(
    dataset: Dataset,
    config: Config,
    work: Path,  # noqa: ARG001 - what takes long, looking at pictures, is kept in the cache
    bundle: Path,
    progress: Progress,
) -> None:
    """Encoders, then what texts name, then the shelf of all items, then their order; see `System.fit`."""
    items, queries = items_of(dataset), queries_of(dataset)
    learned = [query for query in queries if config.ranking.folds or query.split == "train"]
    graded = taught(dataset, learned) if config.ranking.grades == "teacher" else learned
    teaching = [] if config.ranking.folds else learned  # others than trees are not fitted by fold
    write_text_encoder(config.tokens, bundle / TOKENS)
    if config.meaning is not None:
        write_text_encoder(config.meaning, bundle / MEANING)
    tokens = open_text_encoder(bundle / TOKENS)
    if not isinstance(tokens, StaticEncoder):
        raise UserError("tokens.weights: one vector a token is needed; set it to wordllama")
    reader = fit_reader(_labelled(items, teaching, config.reading.most_texts), config.reading, config.seed, progress)
    reader.save(bundle)
    _looks(dataset, items, teaching, reader, tokens, config, bundle, progress)
    suggestions = Suggestions(_suggested(items, teaching))
    suggestions.save(bundle)
    clicks = clicks_of(dataset, queries) if config.ranking.clicks else ClickRates.none()
    clicks.save(bundle)
    predictor = _shelved(dataset, items, config, bundle, reader, suggestions, clicks, progress)
    taught_by = [query for query in graded if query.grades]
    if config.tuning is None:
        examples = list(gathered(taught_by, predictor, progress))
    else:
        predictor, examples = fit_meaning(taught_by, predictor, config.tuning, bundle, config.seed, progress)
    predictor.shelf.save(bundle / SHELF)
    fit_ranking(examples, config.pool, config.ranking, config.fusion, bundle, progress)
    if graded is not learned:  # the student of people, beside whom a teacher's is measured
        examples = list(gathered([query for query in learned if query.grades], predictor, progress))
        fit_ranking(examples, config.pool, config.ranking, config.fusion, bundle / PEOPLE, progress)


def _shelved(
    dataset: Dataset,
    items: pd.DataFrame,
    config: Config,
    bundle: Path,
    reader: Reader,
    suggestions: Suggestions,
    clicks: ClickRates,
    progress: Progress,
) -> SearchPredictor:
    """A predictor with all items; vectors by the same networks are kept in the cache."""
    settings = [config.tokens.model_dump_json(), config.meaning.model_dump_json() if config.meaning else ""]
    networks = [sha256_file(path) for path in (bundle / TEXTS, bundle / PICTURES) if path.is_file()]
    name = hashlib.sha256("\n".join([*FILES, *settings, *networks]).encode()).hexdigest()[:24]
    kept = home() / "cache" / "shelves" / f"{dataset.name}-{name}"
    stored = load_stored(kept) if (kept / DONE).is_file() else None
    predictor = SearchPredictor(Networks.open(bundle), reader, Ranker(config.pool, {}, {}), suggestions, clicks, stored)
    done = 0
    for documents in documents_of(dataset, items, predictor.networks.sees):
        predictor.put(documents)
        done += len(documents)
        progress("put on the shelf", done, len(items), {})
    (kept / DONE).unlink(missing_ok=True)  # what is written over is not whole until it is done
    predictor.shelf.save(kept)
    write_text(kept / DONE, "")
    _forget_old(kept.parent)
    return predictor


def _forget_old(shelves: Path) -> None:
    """Remove kept shelves but those that were used last."""
    used = sorted(shelves.glob(f"*/{DONE}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in used[MOST_KEPT:]:
        shutil.rmtree(path.parent, ignore_errors=True)  # another run may remove it as well


def _looks(
    dataset: Dataset,
    items: pd.DataFrame,
    queries: Sequence[Query],
    reader: Reader,
    tokens: StaticEncoder,
    config: Config,
    bundle: Path,
    progress: Progress,
) -> None:
    """The space of texts and pictures, where training items have both."""
    described = _descriptions(queries)
    shown = items[items["image"].notna() & (items["split"] == "train")]
    texts = [
        [text for text in (row["title"], _named(row), *described.get(row["item_id"], ())) if text.strip()]
        for row in shown.to_dict("records")
    ]
    shown, texts = shown[[bool(some) for some in texts]], [some for some in texts if some]
    if len(texts) < 2:
        return
    paths = [dataset.file(image) for image in shown["image"]]
    version = dataset.tables["items"].columns["image"]
    labels = labels_of(reader.values, [_values(row) for row in shown.to_dict("records")])
    fit_looks(paths, version, texts, labels, tokens, config.looks, bundle, config.seed, progress)


def _values(row: dict) -> dict[str, str]:
    """Category and attributes that an item has, by name."""
    return {name: value for name, value in (row["attributes"] | {CATEGORY: row["category"]}).items() if value}


def _named(row: dict) -> str:
    """The values that are known of an item, as somebody would say them."""
    return " ".join([*row["attributes"].values(), row["category"]])


def _descriptions(queries: Sequence[Query]) -> dict[str, list[str]]:
    """Item to the queries that it answers exactly."""
    described: dict[str, list[str]] = {}
    for query in queries:
        for item_id, grade in query.grades.items():
            if grade >= DESCRIBES:
                described.setdefault(item_id, []).append(query.text)
    return {item_id: texts[:MOST_DESCRIBING] for item_id, texts in described.items()}


def _labelled(items: pd.DataFrame, queries: Sequence[Query], most: int) -> list[Labelled]:
    """Titles of training items with their values, and queries with the values that all their answers share."""
    learned = items[items["split"].isna() | (items["split"] == "train")].to_dict("records")
    values = {row["item_id"]: _values(row) for row in items.to_dict("records")}
    labelled = [Labelled(row["title"], values[row["item_id"]]) for row in learned if row["title"].strip()][:most]
    for query in queries:
        answers = [values[item_id].items() for item_id, grade in query.grades.items() if grade >= DESCRIBES]
        shared = set.intersection(*map(set, answers)) if answers else set()
        if shared:
            labelled.append(Labelled(query.text, dict(sorted(shared)), is_query=True))
    return labelled


def _suggested(items: pd.DataFrame, queries: Sequence[Query]) -> dict[str, float]:
    """Queries that something answers, and titles, with how often they are asked."""
    times = of_titles(items["title"].tolist(), sorted(set(items["category"]) - {""}))
    for query in queries:
        if query.best >= DESCRIBES:
            text = " ".join(query.text.casefold().split())
            times[text] = times.get(text, 0.0) + 1.0
    return times

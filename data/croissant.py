"""The card of a data set in Croissant 1.0: licence, origin, splits, known faults, and every column.

Source: http://mlcommons.org/croissant/1.0, JSON-LD on top of schema.org's `Dataset`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.dataset import Dataset, read_card
from data.files import sha256_file
from data.params import Archive, DatasetParams, Download, Strict
from data.table import Table, held

__all__ = ["croissant"]

CONFORMS = "http://mlcommons.org/croissant/1.0"
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(dataset: Dataset, params: DatasetParams) -> dict[str, Any]:
    """The card as JSON-LD; the data set has to be prepared."""
    known = held(dataset.path)
    report = (read_card(dataset.path) or {}).get("report", {})
    counts = ", ".join(f"{count:,} {name}" for name, count in dataset.rows.items())
    origin = "made by the simulator of this project" if dataset.simulated else "prepared from its source"
    addresses = list(dict.fromkeys(_addresses(params)))
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "name": dataset.name,
        "description": f"{counts}; {origin} ({params.source}). Splits: {_splits(dataset, known.values())}.",
        "license": dataset.licence,
        "version": "1.0.0",
        "identifier": dataset.version,
        "url": addresses[0] if addresses else f"urn:corkboard:{dataset.name}",
        "rai:dataCollection": " ".join(["by others:", *addresses]) if addresses else origin,
        "rai:dataLimitations": _faults(dataset, report),
        "distribution": [_file(dataset, table) for table in known.values()],
        "recordSet": [_records(table) for table in known.values()],
    }


def _addresses(value: Any) -> Iterator[str]:
    """Where the raw data is found, as far as the settings say."""
    if isinstance(value, Archive | Download):
        yield from filter(None, [value.page or value.url])
    elif isinstance(value, Strict):
        yield from (address for _, one in value for address in _addresses(one))
    elif isinstance(value, tuple):
        yield from (address for one in value for address in _addresses(one))


def _splits(dataset: Dataset, tables: Iterable[Table]) -> str:
    """Rows of each split, of every table that has such a column."""
    said = []
    for table in tables:
        if "split" in table.schema.names:
            splits = Counter(pq.read_table(dataset.path / table.file, columns=["split"])["split"].to_pylist())
            counts = ", ".join(f"{split} {count:,}" for split, count in sorted(splits.items()) if split is not None)
            said.append(f"{table.name}: {counts}" if counts else f"{table.name}: no splits")
    return "; ".join(said) or "no splits"


def _faults(dataset: Dataset, report: dict[str, Any]) -> str:
    """What preparing found, by number: nothing that a row says."""
    said = [f"{dataset.damaged} damaged pictures are excluded"] if dataset.damaged else []
    said += [f"{name}: {value}" for name, value in sorted(report.items()) if isinstance(value, int) and value]
    if dataset.simulated:
        said.append("simulated: figures on it say nothing about real data")
    return "; ".join(said) or "none known"


def _file(dataset: Dataset, table: Table) -> dict[str, Any]:
    path = dataset.path / table.file
    return {
        "@type": "cr:FileObject",
        "@id": table.file,
        "name": table.file,
        "contentUrl": table.file,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256_file(path),
    }


def _records(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "key": [{"@id": f"{table.name}/{column}"} for column in table.key],
        "field": [_field(table, field) for field in table.schema],
    }


def _field(table: Table, field: pa.Field) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{field.name}",
        "name": field.name,
        "description": (field.metadata or {}).get(b"meaning", b"").decode(),
        "dataType": _kind(field.type),
        "source": {"fileObject": {"@id": table.file}, "extract": {"column": field.name}},
    }


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"

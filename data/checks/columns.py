"""Compare the columns of a table with its schema: columns that are missing, of another type, or without rows."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.checks.expect import never
from data.checks.run import Checked
from data.table import Table

__all__ = ["column_checks", "usable"]


def column_checks(table: Table, file: pq.FileMetaData) -> Checked:
    """One row per column of the schema, with what is wrong with it."""
    suite = [
        never("missing", "column exists", "every column of the table has to be there"),
        never("mistyped", "column type", "every column has to have the table's type"),
        never("empty", "table has rows", "the table may not be empty"),
    ]
    evidence = _evidence(table, file.schema.to_arrow_schema(), file.num_rows)
    return Checked(table.name, f"{table.name}_columns", evidence, suite, ("column",))


def _evidence(table: Table, actual: pa.Schema, rows: int) -> pd.DataFrame:
    """`column`, `expected`, and `missing`, `mistyped`, `empty` with what is wrong."""
    kinds = {name: str(actual.field(name).type) for name in actual.names}
    faults = {name: _mistyped(table.schema.field(name), actual, rows) for name in table.schema.names if name in kinds}
    evidence = [
        {
            "column": field.name,
            "expected": str(field.type),
            "missing": None if field.name in kinds else f"there are {', '.join(kinds) or 'no columns'}",
            "mistyped": f"is {kinds[field.name]}, not {field.type}" if faults.get(field.name) else None,
            "empty": "no rows" if not rows and field.name in table.key else None,
        }
        for field in table.schema
    ]
    return pd.DataFrame(evidence).astype(object)


def usable(table: Table, evidence: pd.DataFrame) -> set[str]:
    """The columns that exist and have the type of the schema."""
    return set(evidence[evidence["missing"].isna() & evidence["mistyped"].isna()]["column"]) & set(table.schema.names)


def _mistyped(field: pa.Field, actual: pa.Schema, rows: int) -> bool:
    kind = actual.field(field.name).type
    if pa.types.is_null(kind) and (rows == 0 or field.nullable):
        return False
    return _family(kind) != _family(field.type)


def _family(kind: pa.DataType) -> str:
    """Types that hold the same values count as one: string and large_string, integers and floats of any width."""
    if pa.types.is_dictionary(kind):
        return _family(kind.value_type)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "string"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_map(kind):
        return f"map of {_family(kind.key_type)} to {_family(kind.item_type)}"
    return str(kind)

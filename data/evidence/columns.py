"""Which columns of a table are missing or of another type."""

import pandas as pd
import pyarrow as pa

from data.tables import Table

__all__ = ["column_evidence", "usable"]


def column_evidence(table: Table, found: pa.Schema, rows: int, needed: bool) -> pd.DataFrame:
    """A row a column of the schema: `column`, `expected`, and `missing`, `mistyped`, `empty` with what is wrong.

    `needed` tables may not be empty.
    """
    kinds = {name: str(found.field(name).type) for name in found.names}
    faults = {name: _mistyped(table.schema.field(name), found, rows) for name in table.schema.names if name in kinds}
    empty = rows == 0 and needed
    evidence = [
        {
            "column": field.name,
            "expected": str(field.type),
            "missing": None if field.name in kinds else f"there are {', '.join(kinds) or 'no columns'}",
            "mistyped": f"is {kinds[field.name]}, not {field.type}" if faults.get(field.name) else None,
            "empty": "no rows" if empty and field.name in table.key else None,
        }
        for field in table.schema
    ]
    return pd.DataFrame(evidence).astype(object)


def usable(table: Table, evidence: pd.DataFrame) -> set[str]:
    """Columns that are there and of their type."""
    return set(evidence[evidence["missing"].isna() & evidence["mistyped"].isna()]["column"]) & set(table.schema.names)


def _mistyped(field: pa.Field, found: pa.Schema, rows: int) -> bool:
    kind = found.field(field.name).type
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

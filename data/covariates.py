"""Covariates: what is known of a person as names and texts, as one row of numbers.

Legend: N people, C columns.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # tables are not in the served image
    import pyarrow as pa

__all__ = ["Covariates"]

MOST_VALUES = 30  # of a covariate that is no number
LEAST_COUNT = 20  # people with a value, for a column of its own; fewer where people are few
MISSING = "missing"


class Covariates:
    """How texts become numbers. A covariate whose values are all numbers is scaled; others get a column a value.

    A missing number is the mean, and a column says so; a value that was not learned is in no column.
    """

    def __init__(self, numbers: Mapping[str, tuple[float, float]], values: Mapping[str, Sequence[str]]) -> None:
        """numbers: mean and scale of each. values: those of each other covariate that have a column."""
        self._numbers = {name: (float(mean), float(scale)) for name, (mean, scale) in numbers.items()}
        self._values = {name: tuple(known) for name, known in values.items()}
        self._column = {key: place for place, key in enumerate(self._keys())}

    @classmethod
    def learn(cls, people: Sequence[Mapping[str, str]]) -> "Covariates":
        names = sorted({name for one in people for name in one})
        numbers, values = {}, {}
        least = min(LEAST_COUNT, max(1, len(people) // 50))
        for name in names:
            given = [one[name] for one in people if name in one]
            try:
                number_N = np.array([float(value) for value in given])
            except ValueError:
                number_N = np.array([np.nan])
            if np.isfinite(number_N).all():
                numbers[name] = (float(number_N.mean()), float(number_N.std()) or 1.0)
            else:
                common = Counter(given).most_common(MOST_VALUES)
                values[name] = sorted(value for value, count in common if count >= least)
        return cls(numbers, values)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the covariates."""
        return (*self._numbers, *self._values)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the matrix."""
        return tuple(name if not value else f"{name}={value}" for name, value in self._column)

    def places(self, name: str) -> list[int]:
        """The columns of a covariate."""
        return [place for (of, _), place in self._column.items() if of == name]

    def matrix(self, people: Sequence[Mapping[str, str]]) -> NDArray[np.float32]:
        """(N, C)."""
        matrix_NC = np.zeros((len(people), len(self._column)), np.float32)
        for row, one in enumerate(people):
            for name, (mean, scale) in self._numbers.items():
                value = _number(one.get(name))
                if value is None:
                    matrix_NC[row, self._column[name, MISSING]] = 1
                else:
                    matrix_NC[row, self._column[name, ""]] = np.clip((value - mean) / scale, -1e3, 1e3)
            for name in self._values:
                place = self._column.get((name, one.get(name, "")))
                if place is not None:
                    matrix_NC[row, place] = 1
        return matrix_NC

    def matrix_of(self, people: "pa.MapArray") -> NDArray[np.float32]:
        """(N, C), as `matrix`, of a column of many people."""
        matrix_NC = np.zeros((len(people), len(self._column)), np.float32)
        for name in self._numbers:
            matrix_NC[:, self._column[name, MISSING]] = 1
        row_E = np.repeat(np.arange(len(people)), np.diff(people.offsets.to_numpy()))
        start, end = people.offsets[0].as_py(), people.offsets[-1].as_py()
        keys, items = people.keys.slice(start, end - start), people.items.slice(start, end - start)
        code_E, code_of_name = _coded(keys)
        for name in self.names:
            at_E = np.flatnonzero(code_E == code_of_name.get(name, -1))
            rows, given = row_E[at_E], items.take(at_E)
            if name in self._numbers:
                self._fill(matrix_NC, name, rows, given)
                continue
            value_E, code_of_value = _coded(given)
            for value in self._values[name]:
                matrix_NC[rows[value_E == code_of_value.get(value, -1)], self._column[name, value]] = 1
        return matrix_NC

    def copy(self, matrix_NC: NDArray[np.float32], source: str, target: str) -> None:
        """Give everybody the number of the covariate `source` as that of `target` too, in place."""
        (mean, scale), (target_mean, target_scale) = self._numbers[source], self._numbers[target]
        number_N = matrix_NC[:, self._column[source, ""]] * scale + mean
        missing_N = matrix_NC[:, self._column[source, MISSING]]
        matrix_NC[:, self._column[target, MISSING]] = missing_N
        matrix_NC[:, self._column[target, ""]] = np.where(missing_N, 0, (number_N - target_mean) / target_scale)

    def _fill(self, matrix_NC: NDArray[np.float32], name: str, rows: NDArray[np.int64], given: "pa.Array") -> None:
        try:
            number_E = given.cast("float64").to_numpy(zero_copy_only=False)
        except ValueError:  # some are none, which are missing
            number_E = np.array([_number(text) for text in given.to_pylist()], np.float64)
        known = np.isfinite(number_E)
        mean, scale = self._numbers[name]
        matrix_NC[rows[known], self._column[name, MISSING]] = 0
        matrix_NC[rows[known], self._column[name, ""]] = np.clip((number_E[known] - mean) / scale, -1e3, 1e3)

    def saved(self) -> dict[str, Any]:
        """What `opened` takes, as JSON."""
        return {"numbers": self._numbers, "values": self._values}

    @classmethod
    def opened(cls, saved: Mapping[str, Any]) -> "Covariates":
        return cls({name: tuple(two) for name, two in saved["numbers"].items()}, saved["values"])

    def _keys(self) -> list[tuple[str, str]]:
        keys = [(name, kind) for name in self._numbers for kind in ("", MISSING)]
        return keys + [(name, value) for name, known in self._values.items() for value in known]


def _coded(column: "pa.Array") -> tuple[NDArray[Any], dict[str, int]]:
    """Each entry as a number, nan where it is null, and the number of each value."""
    encoded = column.dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False), {
        value: code for code, value in enumerate(encoded.dictionary.to_pylist())
    }


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else float("nan")
    except ValueError:
        return None
    return value if np.isfinite(value) else None

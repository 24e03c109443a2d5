"""The engines that run Ibis expressions: DuckDB within bounded memory, or Spark."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import UserError
from data.params import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Tables", "connect"]

# Settings of DuckDB, which spills to a temporary folder. Where the order of rows matters, the expressions sort.
SETTINGS: dict[str, Any] = {"memory_limit": "2GB", "preserve_insertion_order": False}
BATCH_ROWS = 1 << 16
# Set by `spark-submit` or by people who have a cluster, whose settings say where it is.
CLUSTER = ("MASTER", "PYSPARK_GATEWAY_PORT", "SPARK_CONF_DIR", "SPARK_HOME")


class Tables:
    """A connection to an engine: files become expressions, expressions become batches."""

    def __init__(self, connection: Any, folder: Path, spark: Any = None) -> None:
        self.connection, self.folder, self.spark = connection, folder, spark

    def read(self, files: Sequence[Path], name: str) -> "ir.Table":
        """The Parquet files as one table, called `name`."""
        paths = [str(path) for path in files]
        if self.spark is None:
            table: ir.Table = self.connection.read_parquet(paths, table_name=name)
            return table
        self.spark.read.parquet(*paths).createOrReplaceTempView(name)
        return self.connection.table(name)

    def stream(self, table: "ir.Table") -> Iterator[pa.RecordBatch]:
        """The rows in the order of the expression, in bounded memory."""
        import ibis

        if self.spark is None:
            # not by `to_pyarrow_batches`, which asks DuckDB for a method that it deprecates
            yield from self.connection.raw_sql(ibis.to_sql(table, dialect="duckdb")).to_arrow_reader(BATCH_ROWS)
            return
        # through files, since collecting would hold all rows in the driver
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="spark-") as written:
            target = Path(written) / "rows"
            self.spark.sql(ibis.to_sql(table, dialect="pyspark")).write.parquet(str(target))
            for part in sorted(target.glob("part-*.parquet")):  # numbered in the order of the rows
                with pq.ParquetFile(part) as file:
                    yield from file.iter_batches(BATCH_ROWS)

    def first(self, table: "ir.Table") -> dict[str, Any]:
        """The only row of an aggregate."""
        (row,) = [row for batch in self.stream(table) for row in batch.to_pylist()]
        return dict(row)


@contextmanager
def connect(engine: Engine, folder: Path) -> Iterator[Tables]:
    """A connection that spills to `folder` what does not fit into memory.

    Raises:
        UserError: Spark is asked for, and it or Java is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{engine}-") as temporary:
        if engine == "spark":
            with _spark(Path(temporary)) as tables:
                yield tables
            return
        import ibis

        connection = ibis.duckdb.connect(temp_directory=temporary, **SETTINGS)
        try:
            yield Tables(connection, Path(temporary))
        finally:
            connection.disconnect()


@contextmanager
def _spark(folder: Path) -> Iterator[Tables]:
    try:
        import ibis
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise UserError(
            "`engine: spark` in params.yaml needs pyspark; install it with `pip install 'corkboard[spark]'`, or use "
            "`engine: duckdb`"
        ) from None
    settings: dict[str, bool | float | int | str | None] = {
        "spark.app.name": "corkboard",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    if not any(name in os.environ for name in CLUSTER):
        cores = os.cpu_count() or 1
        settings |= {"spark.master": "local[*]", "spark.sql.shuffle.partitions": str(2 * cores)}
    try:
        session = SparkSession.builder.config(map=settings).getOrCreate()
    except PySparkRuntimeError as error:
        raise UserError(
            f"`engine: spark` in params.yaml needs Java 17 or later ({error.getCondition() or error}); install it and "
            f"set JAVA_HOME, or use `engine: duckdb`"
        ) from error
    try:
        yield Tables(ibis.pyspark.connect(session), folder, session)
    finally:
        session.stop()

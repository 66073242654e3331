"""Adds many rows by one statement of the driver.

SQLAlchemy looks at each value of each row again, which takes longer than the database does: the
first night of a fleet adds a hundred rows for each PBX.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from sqlalchemy import Connection, Table

Row: TypeAlias = tuple[str | int, ...]
# How a driver marks a value, by how its dialect calls that.
_MARKS: Final = {"qmark": "?", "pyformat": "%s"}


class Adding:
    """Adds rows to some columns of a table: values in their order, as the database keeps them."""

    def __init__(self, table: Table, *columns: str) -> None:
        names = ", ".join(table.c[name].name for name in columns)
        self._statements = {
            style: f"INSERT INTO {table.name} ({names}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608 -- of the schema
            for style, mark in _MARKS.items()
        }

    def add(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Add rows, at least one."""
        connection.exec_driver_sql(self._statements[connection.dialect.paramstyle], list(rows))

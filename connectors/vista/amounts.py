"""Column types that keep Vista's amounts and dates exact on both dialects. No float passes through here.

SQL Server holds amounts as numeric and dates as smalldatetime; SQLite (sandbox) holds both as text, amounts with
their fixed number of places, so that equal amounts are equal text.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Numeric, String
from sqlalchemy.dialects.mssql import SMALLDATETIME
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from jobcost.money import decimal_from

# SQL Server's largest numeric: what SUM of a numeric becomes there.
_SUM_PRECISION = 38


class Amount(TypeDecorator[Decimal]):
    """An exact decimal of a Vista type, quantised half away from zero before it is bound.

    Args:
        precision: digits in all (bDollar 12, bHrs 10, bUnits 12).
        places: digits after the point (bDollar 2, bHrs 2, bUnits 3).
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, places: int) -> None:
        super().__init__(precision, places)
        self.precision = precision
        self.places = places
        self._step = Decimal(1).scaleb(-places)
        self._zero = self._step * 0

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, numeric elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String())
        return dialect.type_descriptor(Numeric(self.precision, self.places))

    def process_bind_param(self, value: Decimal | int | str | None, dialect: Dialect) -> Any:
        """Quantise, then spell it as the database stores it."""
        if value is None:
            return None
        amount = self.quantised(decimal_from(value))
        return f"{amount:f}" if dialect.name == "sqlite" else amount

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read the stored amount back as a Decimal with its fixed places."""
        del dialect
        return None if value is None else self.quantised(decimal_from(value))

    def quantised(self, value: Decimal) -> Decimal:
        """Round to the column's places; "-0.00" becomes "0.00"."""
        return value.quantize(self._step, rounding=ROUND_HALF_UP) + self._zero


class _SummedAmount(TypeDecorator[Decimal]):
    """The result of `exact_sum`: on SQLite a whole number of the smallest steps."""

    impl = Numeric
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__(_SUM_PRECISION, places)
        self.places = places

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(_SUM_PRECISION, self.places))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        raise NotImplementedError("a sum is read, never bound")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value).scaleb(-self.places) if dialect.name == "sqlite" else decimal_from(value)


class ExactSum(FunctionElement[Decimal]):
    """SUM of an amount without a float: SQLite would add text up as floating point, so it adds cents instead."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Decimal]) -> None:
        super().__init__(column)
        kind = column.type
        if not isinstance(kind, Amount):
            raise TypeError(f"expected a column of type Amount, found {kind!r}")
        self.type = _SummedAmount(kind.places)


@compiles(ExactSum)
def _sum(element: ExactSum, compiler: SQLCompiler, **options: Any) -> str:
    return f"sum({compiler.process(element.clauses, **options)})"


@compiles(ExactSum, "sqlite")
def _sum_of_steps(element: ExactSum, compiler: SQLCompiler, **options: Any) -> str:
    return f"sum(CAST(replace({compiler.process(element.clauses, **options)}, '.', '') AS INTEGER))"


class Day(TypeDecorator[date]):
    """A date without a time (Vista bDate, bMonth): smalldatetime on SQL Server, ISO text on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, smalldatetime elsewhere."""
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else SMALLDATETIME())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """Spell the day as the database stores it."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Drop the time of day, which Vista leaves at midnight."""
        del dialect
        if isinstance(value, str):
            return datetime.fromisoformat(value).date()
        return value.date() if isinstance(value, datetime) else value

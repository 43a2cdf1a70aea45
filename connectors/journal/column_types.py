"""Column types that keep amounts, times and people's words exactly, on SQLite as on PostgreSQL."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Numeric, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_SQLITE = "sqlite"


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal with every place it was given: NUMERIC without limits, or text on SQLite, whose numbers are floats."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose text on SQLite."""
        return dialect.type_descriptor(Text() if dialect.name == _SQLITE else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        """Refuse what is no finite Decimal: a float has lost the cents already."""
        if value is None:
            return None
        if not isinstance(value, Decimal) or not value.is_finite():
            raise TypeError(f"expected a finite Decimal for the journal, found {value!r}")
        return f"{value:f}" if dialect.name == _SQLITE else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read it back as it was written."""
        del dialect
        return None if value is None else Decimal(value)


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC: TIMESTAMP WITH TIME ZONE, or on SQLite text of fixed width, whose order is the order of time."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose text on SQLite, which has no type for moments."""
        return dialect.type_descriptor(String(32) if dialect.name == _SQLITE else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Refuse a time without a zone: nobody could say later which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a time with its time zone for the journal, found {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == _SQLITE else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC, whatever the server's own zone is."""
        del dialect
        if value is None:
            return None
        moment: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


class PeoplesText(TypeDecorator[str]):
    """What people or other systems wrote. Characters that no database takes are replaced, so that nothing is lost."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Store only characters that every database takes."""
        del dialect
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """Replace NUL, which PostgreSQL refuses, and lone surrogates, which have no UTF-8 form."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")

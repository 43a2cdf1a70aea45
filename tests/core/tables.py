"""Read a text table of a test: a header line, then rows, cells parted by "|"; an empty cell keeps its default."""

Row = dict[str, str]


def rows(table: str, columns: frozenset[str]) -> tuple[Row, ...]:
    """Return the filled cells of each row by column. A column nobody knows is a slip of the test and is refused."""
    lines = [line for line in table.splitlines() if line.strip()]
    if not lines:
        return ()
    header, *body = ([cell.strip() for cell in line.split("|")] for line in lines)
    if unknown := set(header) - columns:
        raise ValueError(f"Table columns {sorted(unknown)}: expected some of {sorted(columns)}.")
    return tuple({name: cell for name, cell in zip(header, line, strict=True) if cell} for line in body)


def amount_text(cell: str) -> str:
    """Drop the thousands separators that make an amount readable in a table."""
    return cell.replace(",", "")

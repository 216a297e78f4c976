"""Reading rows of CSV files that people have made with a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

#: a row that cannot be used: its line number and why
Fault = tuple[int, str]


def rows(
    text: str, columns: Sequence[str], faults: list[Fault]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with their line numbers, every column there, values stripped.

    A byte-order mark, CRLF and the semicolons of some spreadsheets are understood.  Columns
    that are not known or that are needed and missing are told once, on line 1.
    """
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    found = [name.strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = found
    unknown = [name for name in found if name not in columns]
    if unknown:
        faults.append((1, f"unknown column {', '.join(unknown)}; known are {', '.join(columns)}"))
        return
    missing = [name for name in columns[:2] if name not in found]
    if missing:
        faults.append((1, f"the first line lacks the column {', '.join(missing)}"))
        return
    for row in reader:
        if None in row:
            faults.append((reader.line_num, "the row has more values than the first line names"))
            continue
        values = {name: (row.get(name) or "").strip() for name in columns}
        if any(values.values()):
            yield reader.line_num, values

"""A sheet as a file: CSV for any program, a workbook for offices, a page to print and sign."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from gateway.register import Cell, shown

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from gateway.register import Sheet

#: the longest header of a printed sheet, and the longest name of one, in a workbook
_HEADER, _SHEET_NAME = 255, 31
_NARROWEST, _WIDEST = 6, 32
_PAPER_A4 = 9


def as_csv(sheet: Sheet) -> bytes:
    """CSV in UTF-8; the mark at its beginning tells Excel so.  Days are ISO 8601."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(sheet.headings)
    for row in sheet.rows:
        writer.writerow("" if cell is None else str(cell) for cell in row)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet) -> bytes:
    """A workbook of one sheet: the headings on top, numbers and days as such, no formulas."""
    from openpyxl import Workbook  # noqa: PLC0415 slow to import, and every part imports this
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook()
    page: Worksheet = book.active
    book.properties.creator = "SafetyNet"
    page.title = sheet.page["title"][:_SHEET_NAME]
    for across, heading in enumerate(sheet.headings, 1):
        page.cell(1, across, heading).font = Font(bold=True)
        page.cell(1, across).alignment = Alignment(wrap_text=True, vertical="top")
    for down, row in enumerate(sheet.rows, 2):
        for across, value in enumerate(row, 1):
            cell = page.cell(down, across, value)
            if isinstance(value, str):
                cell.data_type = "s"  # whatever it looks like
            elif isinstance(value, date):
                cell.number_format = "DD/MM/YYYY"
    for across, heading in enumerate(sheet.headings):
        longest = max((len(_text(row[across])) for row in sheet.rows), default=0)
        width = min(max(longest + 2, len(heading) // 2 + 2, _NARROWEST), _WIDEST)
        page.column_dimensions[get_column_letter(across + 1)].width = width
    page.freeze_panes = "A2"
    _lay_out(page, sheet)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _lay_out(page: Worksheet, sheet: Sheet) -> None:
    page.print_title_rows = "1:1"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = _PAPER_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    told = (sheet.page["title"], sheet.place, sheet.page["period"])
    page.oddHeader.center.text = " · ".join(told).replace("&", "&&")[:_HEADER]
    page.oddFooter.right.text = "&P / &N"


def as_html(sheet: Sheet) -> bytes:
    """One page that needs nothing else, to be printed on A4 across."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.from_string((files("gateway.register") / "page.html").read_text("utf-8"))
    rows = [
        [(column, _text(cell)) for column, cell in zip(sheet.columns, row, strict=True)]
        for row in sheet.rows
    ]
    return page.render(sheet=sheet, page=sheet.page, rows=rows).encode("utf-8")


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return shown(cell) if isinstance(cell, date) else str(cell)


FORMATS: Mapping[str, Callable[[Sheet], bytes]] = {
    "csv": as_csv,
    "xlsx": as_xlsx,
    "html": as_html,
}

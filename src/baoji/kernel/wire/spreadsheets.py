"""Tables as files to take along."""

import csv
import re
from collections.abc import Iterable, Sequence

from django.http import HttpResponse
from django.utils.http import content_disposition_header

BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would calculate instead of showing; a number with its sign is a number.
FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9.]+\Z)")


def spreadsheet(name: str, rows: Iterable[Sequence[object]]) -> HttpResponse:
    """CSV to be saved under this name; the mark at its beginning tells spreadsheets that it is UTF-8."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.write(BYTE_ORDER_MARK)
    csv.writer(response).writerows([_shown(cell) for cell in row] for row in rows)
    return response


def _shown(cell: object) -> object:
    """The cell, with an apostrophe before words that would be a formula: names are typed by people."""
    return f"'{cell}" if isinstance(cell, str) and len(cell) > 1 and FORMULA.match(cell) else cell

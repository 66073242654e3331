"""The record of a handover as PDF: everything that has room on eight pages.

Where lines and pages end depends on the browser and its fonts, so it is not estimated: the record
is printed, and its pages are counted. Most systems fit at once; of others a few shorter records
are printed, until the next row would be on another page.
"""

from __future__ import annotations

from typing import Final

from auditor.report.formats import pdf
from auditor.report.handover import record_page
from auditor.report.schema import v1

MOST_PAGES: Final = 8


def render(report: v1.Report, facts: bytes) -> bytes:
    """Return the record of a report as PDF; `facts` is that report as JSON.

    Raises InputError without browser, OutputError if it does not print.
    """
    contents = record_page.contents(report)

    def printed(steps: int) -> bytes:
        return pdf.render(record_page.render(report, facts, contents.told(steps)))

    least, most = 0, contents.steps
    best = printed(most)
    if not most or _fits(best):
        return best
    # So many steps fit, so many do not. That the shortest fits is a promise that tests keep.
    best = b""
    while most - least > 1:
        steps = (least + most) // 2
        tried = printed(steps)
        if _fits(tried):
            least, best = steps, tried
        else:
            most = steps
    return best or printed(least)


def _fits(printed: bytes) -> bool:
    """Return whether a document has few enough pages; one whose pages cannot be told has not."""
    return 0 < pdf.pages_of(printed) <= MOST_PAGES

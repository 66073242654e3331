"""Writes the formats that are made of a report alone into a folder.

What a browser prints comes last, since it may fail: all other files are there by then, and no
print of an earlier report is left beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.files.writing import encoded, remove_file, write_file
from auditor.report.acceptance import is_handover
from auditor.report.schema import v1

if TYPE_CHECKING:
    from auditor.report.acceptance import Details
    from auditor.report.compare import Comparison
    from auditor.report.embedded import Embedded

# Format: the files, each with the module and the function that make its bytes of a report. The
# modules are imported only for what is asked for.
_FILES: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "json": (("report.json", "formats.json", "render"),),
    "html": (("report.html", "html.html_page", "render"),),
    "pdf": (("report.pdf", "formats.pdf", "render"),),
    "sarif": (("report.sarif", "formats.sarif", "render"),),
    "sarif-github": (("report.github.sarif", "formats.sarif", "render_github"),),
    "junit": (("report.junit.xml", "formats.junit", "render"),),
    "csv": (
        ("findings.csv", "formats.csv", "render_findings"),
        ("objects.csv", "formats.csv", "render_objects"),
    ),
    "markdown": (("report.md", "formats.markdown", "render"),),
    "ocsf": (("report.ocsf.json", "formats.ocsf", "render"),),
    "oscal": (("report.oscal.json", "formats.oscal", "render"),),
}
# What is made of a report alone can be made again later.
OF_REPORT: Final = tuple(_FILES)
PRINTED: Final = "pdf"
# What carries the report.
_PAGES: Final = frozenset({"html", PRINTED})
ANNEX: Final = "report-annex.pdf"
NAMES: Final = {name: tuple(file for file, *_ in files) for name, files in _FILES.items()} | {
    PRINTED: ("report.pdf", ANNEX)
}


class Rendering(NamedTuple):
    """How formats are made that leave a choice.

    JUnit's cases, of which controls details are printed, what SARIF says became of violations, and
    what makes the runbook that comes last in print, where there is a plan.
    """

    junit_per: str = "rule"
    details: Details | None = None
    comparison: Comparison | None = None
    runbook: Callable[[], str] | None = None


PLAIN: Final = Rendering()


class Formats:
    """The formats of one report; what several of them carry is made once.

    `names` are those that are wanted, so that nothing is made of the report for any other.
    """

    def __init__(self, report: v1.Report, names: Collection[str], rendering: Rendering) -> None:
        self._report = report
        self._rendering = rendering
        self._is_embedded = not _PAGES.isdisjoint(names)
        self._known: Embedded | None = None

    def write(self, folder: Path, name: str) -> Iterator[Path]:
        """Write one format and yield its paths. Raises OutputError."""
        for file, module, function in _FILES[name]:
            render = getattr(import_module(f"auditor.report.{module}"), function)
            content = self._content(name, render)
            write_file(folder / file, encoded(content) if isinstance(content, str) else content)
            yield folder / file
        if name == PRINTED and self._has_annex:
            yield self._write_annex(folder / ANNEX)

    @property
    def _embedded(self) -> Embedded:
        """What a page carries of the report."""
        from auditor.report.embedded import embed  # noqa: PLC0415 -- only for pages

        self._known = self._known or embed(self._encoded)
        return self._known

    @property
    def _encoded(self) -> Iterator[bytes]:
        """The report as JSON, in pieces."""
        from auditor.report.formats import json  # noqa: PLC0415 -- only for formats that need it

        return json.pieces_of(self._report)

    def _json(self) -> Iterator[bytes]:
        """Yield the report as JSON; what a page carries of it is made on the way."""
        if not self._is_embedded or self._known:
            yield from self._encoded
            return
        from auditor.report.embedded import Embedding  # noqa: PLC0415 -- only for pages

        embedding = Embedding()
        yield from embedding.watched(self._encoded)
        self._known = embedding.finished()

    def _content(
        self, name: str, render: Callable[..., str | bytes]
    ) -> str | bytes | Iterator[bytes]:
        """Return what one format says, with the choices that it leaves."""
        if name == "json":
            return self._json()
        if name == "junit":
            return render(self._report, per=self._rendering.junit_per)
        if name in {"sarif", "sarif-github"}:
            return render(self._report, self._rendering.comparison)
        if name == "html":
            printed = self._rendering.details
            return render(self._report, printed=printed, embedded=self._embedded)
        if name == PRINTED:
            return self._printed(render)
        return render(self._report)

    def _printed(self, render: Callable[..., str | bytes]) -> str | bytes:
        """Return what is printed: the record of a handover, or else the page."""
        if self._has_annex:
            from auditor.report.handover import record_print  # noqa: PLC0415 -- few are handovers

            return record_print.render(self._report, b"".join(self._encoded))
        return render(self._page(self._rendering.details))

    def _page(self, details: Details | None, *, annex: bool = False) -> str:
        from auditor.report.html import html_page  # noqa: PLC0415 -- only for what is printed

        made = self._rendering.runbook if is_handover(self._report) else None
        return html_page.render(
            self._report,
            printed=details,
            embedded=self._embedded,
            paper=html_page.PrintedParts(annex=annex, runbook=made() if made else ""),
        )

    @property
    def _has_annex(self) -> bool:
        return is_handover(self._report) and self._rendering.details != "all"

    def _write_annex(self, path: Path) -> Path:
        """Write what the record of a handover leaves out; of a large system that may fail."""
        from auditor.report.formats import pdf  # noqa: PLC0415 -- only for what is printed

        write_file(path, pdf.render(self._page("all", annex=True), ANNEX, pdf.LONG))
        return path


def without_earlier_prints(folder: Path, formats: Iterable[str]) -> list[str]:
    """Return formats in the order of writing, after earlier prints are gone. Raises OutputError."""
    ordered = sorted(formats, key=lambda name: name == PRINTED)
    if PRINTED in ordered:
        for name in NAMES[PRINTED]:
            remove_file(folder / name)
    return ordered


def write_formats(
    folder: Path, formats: Sequence[str], report: v1.Report, rendering: Rendering = PLAIN
) -> Iterator[Path]:
    """Write formats that need nothing but the report, and yield their paths. Raises OutputError."""
    made = Formats(report, formats, rendering)
    for name in without_earlier_prints(folder, formats):
        yield from made.write(folder, name)

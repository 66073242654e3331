"""The HTML report: one file without request or trust in any text it shows.

Its one script only adds comfort; the policy of the page lets no other one run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from jinja2 import Environment, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

from auditor.files import compiled_templates
from auditor.files.writing import encoded
from auditor.messages.both import Both
from auditor.messages.languages import LANGUAGES, Language
from auditor.messages.message import Message, say, say_count
from auditor.report import acceptance, text
from auditor.report.embedded import Embedded, embed
from auditor.report.formats import json as report_json
from auditor.report.html import details, view_model
from auditor.report.html.endless import has_endless_word
from auditor.report.html.glossary import EXIT_CODES, GLOSSARY, SEVERITY_MEANINGS
from auditor.report.html.grouping import anchor, anchor_of
from auditor.report.html.sheets import rules_of_sheets
from auditor.report.schema import v1
from auditor.report.terms import SEVERITIES, grade, outcome_of, said
from auditor.report.translation import breakable, dated, inside, is_said, plain, spans
from auditor.resources import templates_directory

if TYPE_CHECKING:
    from auditor.report.branding.branding_file import LoadedBranding

_KILO: Final = 1_000
_MEGA: Final = 1_000_000

_SHORT = 80
_SIZE_LIMIT = 5_000_000
# How many observations to show; the next number is tried where long texts break the size limit.
# A report whose data alone would fill the page is in report.json only, and the page says so.
_DATA_LIMIT = 3_500_000
_ROWS = (3_000, 1_000, 300)


class PrintedParts(NamedTuple):
    """What is printed: an annex leaves out what is signed, and `runbook` is HTML of ours, last.

    Nobody can switch paper, so it has the language of the report alone, which a browser lays out
    in a fraction of the time.
    """

    annex: bool = False
    runbook: str = ""


_SCREEN: Final = PrintedParts()


class _Look(NamedTuple):
    """Whose report the page looks like, what it is, and how much of it is printed."""

    branding: LoadedBranding | None
    handover: bool
    short: bool
    paper: PrintedParts | None


def render(
    report: v1.Report,
    *,
    printed: acceptance.Details | None = None,
    embedded: Embedded | None = None,
    paper: PrintedParts | None = None,
) -> str:
    """Return the report as one self-contained HTML document that a mail can carry.

    `printed` says of which controls paper has details. Without it a handover is short, and
    everything else whole. `embedded` is what the page carries of the report, if it was made
    already. Without `paper` the page is for a screen.
    """
    look = _look(report, printed)._replace(paper=paper)
    data, digest = embed(report_json.pieces_of(report)) if embedded is None else embedded
    packed = Markup(data if len(data) <= _DATA_LIMIT else "")  # noqa: S704 - base64
    document = ""
    for rows in _ROWS:
        document = _render(report, rows, packed=packed, digest=digest, look=look)
        if sum(map(len, encoded(document))) <= _SIZE_LIMIT:
            break
    if has_endless_word(document):
        return document.replace("<body", "<body data-endless", 1)
    return document


def _look(report: v1.Report, printed: acceptance.Details | None) -> _Look:
    branding = None
    if report.branding:
        from auditor.report.branding.branding_file import of_report  # noqa: PLC0415 -- few have one

        branding = of_report(report.branding)
    is_handover = acceptance.is_handover(report)
    short = is_handover if printed is None else printed == "open"
    return _Look(branding, is_handover, short, paper=None)


def _render(report: v1.Report, rows: int, *, packed: Markup, digest: str, look: _Look) -> str:
    branding = look.branding
    style = page_style() + (branding.style if branding else "")
    script = asset("report.js")
    page = view_model.build(report, rows)
    points = acceptance.open_points(report.results, branding.open_points if branding else {})
    language, paper = report.run.language, look.paper or _SCREEN
    return (
        (environment_in(language) if look.paper is not None else environment())
        .get_template("report.html.j2")
        .render(
            report=report,
            page=page,
            page_title=_title(report),
            language=language,
            groupings=data_of({one.name: one.groups for one in page.groups}),
            csp=content_security_policy(style, script),
            css=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            packed=packed,
            digest=digest,
            branding=branding,
            handover=look.handover,
            short=look.short,
            annex=paper.annex,
            runbook=Markup(paper.runbook),  # noqa: S704 - made by a template of ours
            points=points,
            point_groups=acceptance.grouped(points),
            nothing_open=acceptance.nothing_open(report),
            unread=acceptance.is_unread(report),
            executive=acceptance.executive_summary(report, len(points)),
        )
    )


def _title(report: v1.Report) -> str:
    name = text.visible(report.target.name, _SHORT)
    return plain(say("Security audit of {name}", name=name), report.run.language)


def data_of(value: object) -> Markup:
    """Return JSON that cannot end the element that it stands in."""
    return htmlsafe_json_dumps(value, dumps=partial(json.dumps, separators=(",", ":")))


@cache
def environment() -> Environment:
    """Return the environment of all HTML templates: everything that is put out is escaped."""
    environment = Environment(
        loader=compiled_templates.find("html", __file__),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        {
            "prose": _prose,
            "short": _short,
            "breakable": _breakable,
            "word": said,
            "outcome": outcome_of,
            "message": Message,
            "bilingual": _bilingual,
            "trusted_image": Markup,
            "label": _label,
            "anchor": anchor,
            "anchor_of": anchor_of,
            "date": _date,
            "day": dated,
            "scope": acceptance.scope,
            "size": _size,
            "grade": grade,
            "number": "{:,}".format,
            "parameter": _parameter,
        }
    )
    environment.globals.update(
        _=say,
        credentials=acceptance.CREDENTIALS,
        checklist=acceptance.CHECKLIST,
        _n=say_count,
        severities=SEVERITIES,
        evidence_per_row=details.EVIDENCE_PER_ROW,
        rows_per_list=details.ROWS_PER_VERDICT,
        glossary=GLOSSARY,
        severity_meanings=SEVERITY_MEANINGS,
        exit_codes={int(code): meaning for code, meaning in EXIT_CODES.items()},
    )
    return environment


@cache
def environment_in(language: Language) -> Environment:
    """Return the environment of HTML templates that puts everything out in one language.

    It loads the templates anew: a compiled one knows one environment only.
    """
    return environment().overlay(
        loader=compiled_templates.find("html", __file__),
        finalize=partial(_told, language=language),
    )


def _told(value: object, *, language: Language) -> object:
    if is_said(value):
        return breakable(inside(value, language))
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.visible(value)
    return value


def _shown(value: object) -> object:
    """Say every value that a template puts out, made visible; Jinja2 escapes what this returns."""
    # Most are HTML or plain text, and a page has very many: what is likely is asked first.
    if isinstance(value, Markup):
        return value
    if is_said(value):
        return spans(value)
    return text.visible(value) if isinstance(value, str) else value


def _bilingual(said: Message) -> Markup:
    """Return the title of a drawing, where no element can choose between languages."""
    return Markup(" / ").join(inside(said, language) for language in LANGUAGES)


def _label(said: Message) -> Markup:
    """Return the heading of a column as attributes of a cell, for narrow screens."""
    english, german = (inside(said, language) for language in LANGUAGES)
    return Markup(f' data-en="{english}" data-de="{german}"')  # noqa: S704 -- both are HTML


def _prose(value: str) -> str:
    """Return long text with its line breaks; the style sheet shows them."""
    return value if is_said(value) else breakable(escape(text.prose(value)))


def _short(value: str) -> str:
    """Return text for the head of the page, where a long name would hide what matters."""
    shown = text.visible(value, _SHORT)
    return Both(shown, text.visible(value.german, _SHORT)) if isinstance(value, Both) else shown


def _breakable(value: str) -> str:
    """Return a name that may break after the marks inside it, rather than anywhere."""
    return value if is_said(value) else breakable(escape(text.visible(value)))


def _date(moment: str) -> str:
    """Return an ISO 8601 time as people read it, in UTC; other text stays as it is."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return _short(moment)
    if parsed.tzinfo is None:
        return _short(moment)
    utc = parsed.astimezone(UTC)
    return Both(f"{utc:%Y-%m-%d %H:%M} UTC", f"{utc:%d.%m.%Y, %H:%M} UTC")


def _parameter(value: v1.Scalar | list[str]) -> str:
    """Return a parameter as JSON, so that text, numbers and lists look different."""
    return json.dumps(value, ensure_ascii=False)


def _size(octets: int) -> Message:
    """Return a size in the largest unit that keeps it above one."""
    if octets < _KILO:
        return say("{count} bytes", count=octets)
    if octets < _MEGA:
        whole, tenth = divmod(round(10 * octets / _KILO), 10)
        return say("{whole}.{tenth} kB", whole=whole, tenth=tenth)
    whole, tenth = divmod(round(10 * octets / _MEGA), 10)
    return say("{whole}.{tenth} MB", whole=whole, tenth=tenth)


@cache
def page_style() -> str:
    """Return the style of a page of ours on screen and on paper."""
    sheets = rules_of_sheets(say("Security audit, confidential"), "18mm 16mm 20mm")
    return asset("report.css") + asset("paper.css") + sheets


@cache
def asset(name: str) -> str:
    """Return a style sheet or a script of ours."""
    return (templates_directory() / name).read_text(encoding="utf-8")


def content_security_policy(style: str, script: str = "") -> str:
    """Return the policy of a page that has these, and nothing else that runs or is asked for."""
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; {scripts}"
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"

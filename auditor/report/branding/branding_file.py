"""The branding file of a handover: whose report it is, for whom, and what is still to be done."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from auditor.errors import BrandingError, LinePlace
from auditor.files.inputs import read_bytes
from auditor.files.os_reasons import why
from auditor.files.toml_lines import line_of
from auditor.files.toml_reading import parse_text, read_text
from auditor.files.wrong_values import at_key, first_problem
from auditor.messages.both import Both
from auditor.messages.message import say
from auditor.model.base import Document
from auditor.report.branding.logos import LIMIT, LogoError, again, data_url
from auditor.report.schema import v1branding
from auditor.values.frozen import frozen

_ADVICE: Final = say("`pbx-auditor help handover` lists the keys of a branding file")
_LEAST_CONTRAST: Final = 4.5
_PAPERS: Final = {"accent": "#ffffff", "accent_dark": "#14171b"}

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, as WCAG 2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _readable_on(paper: str) -> AfterValidator:
    def check(colour: str) -> str:
        found = contrast(colour, paper)
        if found < _LEAST_CONTRAST:
            raise ValueError(
                say(
                    "its contrast with {paper} is {found}, at least {least} is needed",
                    paper=paper,
                    found=f"{found:.1f}",
                    least=f"{_LEAST_CONTRAST:g}",
                )
            )
        return colour.lower()

    return AfterValidator(check)


_Hex = StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")


class Party(Document):
    """The partner or the customer; `logo` is a PNG or SVG file beside the branding file."""

    name: Annotated[Line, StringConstraints(min_length=1)]
    contact: Line = ""
    address: Line = ""
    logo: Line = ""


class Colours(Document):
    """The accent of titles and lines, on white paper and on a dark screen."""

    accent: Annotated[str, _Hex, _readable_on(_PAPERS["accent"])] = "#1a1d21"
    accent_dark: Annotated[str, _Hex, _readable_on(_PAPERS["accent_dark"])] = "#e6e9ed"


class OpenPoint(Document):
    """Who closes an open point, and by when."""

    owner: Line = ""
    due: date | None = None
    note: Line = ""


class BrandingFile(Document):
    """A whole branding file."""

    partner: Party
    customer: Party
    project: Line = ""
    site: Line = ""
    disclaimer: Prose = ""
    disclaimer_de: Prose = ""
    colours: Colours = Colours.model_construct()
    open_points: dict[str, OpenPoint] = Field(default_factory=dict)


@frozen
class LoadedBranding:
    """A branding file with its logos as data URLs, empty where none is named."""

    file: BrandingFile
    partner_logo: str = ""
    customer_logo: str = ""

    @property
    def open_points(self) -> dict[str, v1branding.AgreedPoint]:
        """Return who closes the open point of a control, and by when."""
        return {
            control: v1branding.AgreedPoint(
                point.owner, point.due.isoformat() if point.due else "", point.note
            )
            for control, point in self.file.open_points.items()
        }

    @property
    def disclaimer(self) -> str:
        """Return the disclaimer in each language, or the one that there is in all of them."""
        english, german = self.file.disclaimer, self.file.disclaimer_de
        return Both(english, german) if english and german else english or german

    @property
    def style(self) -> str:
        """Return the rules that put the colours of the partner in place of our own."""
        colours = self.file.colours
        return (
            f":root {{ --accent: {colours.accent}; }}\n"
            "@media screen and (prefers-color-scheme: dark) "
            f"{{ :root {{ --accent: {colours.accent_dark}; }} }}\n"
        )


def load_branding(path: Path) -> LoadedBranding:
    """Return what a branding file says. Raises BrandingError, with key and line."""
    text = read_text(path, BrandingError, say("the branding file"), "[report] branding")
    content = parse_text(text, path, BrandingError, _ADVICE)
    try:
        file = BrandingFile.model_validate(content)
    except ValidationError as error:
        problem = first_problem(error, BrandingFile, content)
        where = LinePlace(path, line_of(text, problem.keys))
        raise BrandingError(problem.told(), where=where, advice=_ADVICE) from None
    return LoadedBranding(file, *(_logo(path, text, file, who) for who in ("partner", "customer")))


def recorded(branding: LoadedBranding) -> v1branding.Branding:
    """Return a branding as the report carries it, so that it needs no file again."""
    file = branding.file
    return v1branding.Branding(
        partner=_party(file.partner, branding.partner_logo),
        customer=_party(file.customer, branding.customer_logo),
        project=file.project,
        site=file.site,
        disclaimer=file.disclaimer,
        disclaimer_de=file.disclaimer_de,
        accent=file.colours.accent,
        accent_dark=file.colours.accent_dark,
        open_points=branding.open_points,
    )


def _party(party: Party, logo: str) -> v1branding.BrandedParty:
    return v1branding.BrandedParty(party.name, party.contact, party.address, logo)


def of_report(carried: v1branding.Branding, where: str = "the report") -> LoadedBranding:
    """Return the branding that a report carries. Raises BrandingError.

    A report may come from anywhere, so it is checked as a file is: colours go into the style sheet
    and logos into the page as they are.
    """
    parties = {"partner": carried.partner, "customer": carried.customer}
    try:
        file = BrandingFile.model_validate(
            {
                **{
                    who: {"name": one.name, "contact": one.contact, "address": one.address}
                    for who, one in parties.items()
                },
                "project": carried.project,
                "site": carried.site,
                "disclaimer": carried.disclaimer,
                "disclaimer_de": carried.disclaimer_de,
                "colours": _named({"accent": carried.accent, "accent_dark": carried.accent_dark}),
                "open_points": {
                    control: _named({"owner": one.owner, "due": one.due, "note": one.note})
                    for control, one in carried.open_points.items()
                },
            }
        )
        return LoadedBranding(
            file, *(again(one.logo) if one.logo else "" for one in parties.values())
        )
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _unusable(place, where) from None
    except LogoError as error:
        raise _unusable(at_key("logo", error.reason), where) from None


def _named(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _unusable(place: str, where: str) -> BrandingError:
    return BrandingError(
        say("the branding in the report cannot be used, see {place}", place=place),
        where=where,
        advice=say("audit again with the branding file"),
    )


def _logo(path: Path, text: str, file: BrandingFile, who: str) -> str:
    party: Party = getattr(file, who)
    if not party.logo:
        return ""
    place = path.parent / party.logo
    where = LinePlace(path, line_of(text, (who, "logo")))
    try:
        return data_url(read_bytes(place, LIMIT))
    except LogoError as error:
        raise BrandingError(
            at_key(f"{who}.logo", error.reason),
            where=where,
            advice=say("use a PNG, or a plain SVG"),
        ) from None
    except OSError as error:
        raise BrandingError(
            at_key(f"{who}.logo", say("the file cannot be read ({why})", why=why(error))),
            where=where,
            advice=say("name it relative to the branding file"),
        ) from None

"""The site file: what only the customer knows, validated, with the line of what is wrong."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from auditor.errors import LinePlace, OptionPlace, SiteFileError, first_of
from auditor.files.toml_reading import parse_text, read_text
from auditor.messages.message import Message, say
from auditor.model.site import Site
from auditor.values.frozen import frozen

_SEE_KEYS: Final = say("`pbx-auditor help site-file` lists the keys")


@frozen
class SiteFile:
    """A site file with its text, so that errors can name the line."""

    site: Site
    path: Path | None = None
    text: str = field(default="", repr=False)

    @property
    def waiver_path(self) -> Path | None:
        """Return the waiver file that is named, by a path from the folder of the site file."""
        named = self.site.waivers.file
        return self.path.parent / named if self.path and named else None

    @property
    def branding_path(self) -> Path | None:
        """Return the branding file that is named, taken from the folder of the site file."""
        named = self.site.report.branding
        return self.path.parent / named if self.path and named else None

    def locate(self, error: SiteFileError) -> SiteFileError:
        """Return the error with the file and line of the keys it names."""
        if self.path is None or not error.keys:
            return error
        return _located(error.message, error.advice, self.path, self.text, error.keys)


def load_site(path: Path | None) -> Site:
    """Return what a site file says, or an empty site. Raises SiteFileError."""
    return load_site_file(path).site


def load_site_file(path: Path | None) -> SiteFile:
    """Return a site file, or an empty one.

    Raises SiteFileError, with key and line, for anything the model does not know.
    """
    if path is None:
        return SiteFile(Site())
    text = read_text(path, SiteFileError, say("the site file"), OptionPlace("--site"))
    return parse_site_file(text, path)


def parse_site_file(text: str, path: Path) -> SiteFile:
    """Return the site file that a text is; `path` names it in errors. Raises SiteFileError."""
    content = parse_text(text, path, SiteFileError, _SEE_KEYS)
    try:
        return SiteFile(_with_paths(Site.model_validate(content), path.parent), path, text)
    except ValidationError as error:
        from auditor.files.toml_lines import Lines  # noqa: PLC0415 -- most files are right
        from auditor.files.wrong_values import all_problems  # noqa: PLC0415

        lines = Lines(text)
        raise first_of(
            [
                SiteFileError(
                    one.told(),
                    where=LinePlace(path, lines.of(one.keys)),
                    advice=_SEE_KEYS,
                    keys=one.keys,
                )
                for one in all_problems(error, Site, content)
            ]
        ) from None


def _with_paths(site: Site, folder: Path) -> Site:
    """Return the site with the paths of dialect and rules taken from the folder of its file."""
    dialect = site.target.dialect
    if dialect.endswith(".toml"):
        dialect = str(folder / dialect)
    folders = [str(folder / name) for name in site.rules.folders]
    return site.model_copy(
        update={
            "target": site.target.model_copy(update={"dialect": dialect}),
            "rules": site.rules.model_copy(update={"folders": folders}),
        }
    )


def _located(
    reason: Message, advice: Message, path: Path, text: str, keys: tuple[str, ...]
) -> SiteFileError:
    from auditor.files.toml_lines import line_of  # noqa: PLC0415 -- most files are right
    from auditor.files.wrong_values import at_key  # noqa: PLC0415

    where = LinePlace(path, line_of(text, keys))
    return SiteFileError(
        at_key(".".join(keys), reason),
        where=where,
        advice=advice,
        keys=keys,
    )

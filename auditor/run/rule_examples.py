"""Runs the examples of a rule document: the whole way of an audit, on a few lines each."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from auditor.checks import Check
from auditor.errors import ExitCode, InputError
from auditor.files.toml_reading import TomlError, parse_toml
from auditor.files.wrong_values import first_problem
from auditor.messages.message import Text, joined, say
from auditor.model.decision import Thresholds
from auditor.model.rule import Example, RuleDocument
from auditor.model.site import ObjectCount, Site
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Coverage, Status
from auditor.run.audit import Selection, audit
from auditor.run.reader import Reader
from auditor.site.attestations import check_dates
from auditor.site.credentials import Credentials
from auditor.values.frozen import frozen

_CONFIGURATION: Final = "cfg.txt"
_FIRST: Final = "vars check"
_SETTING: Final = "config change "
_PRODUCT: Final = re.compile(r"^# \S+ \S+ ([A-Za-z0-9-]+)\[", re.MULTILINE)
_BOX_NAME: Final = re.compile(r"^# IP\w+(-[0-9a-f]{2})+\s*$", re.IGNORECASE | re.MULTILINE)


@frozen
class Trial:
    """One example that was run: what it came to, or why it could not run."""

    rule: str
    example: str
    wanted: Status
    found: Status | None
    reason: Text

    @property
    def holds(self) -> bool:
        """Return whether the example leads to the status that its document states."""
        return self.found is self.wanted


def run_examples(rule: RuleDocument, checks: Mapping[str, Check], today: date) -> Iterator[Trial]:
    """Yield the outcome of each example of a document."""
    for example in rule.examples:
        try:
            found, reason = _run(rule, example, checks, today)
        except InputError as error:
            yield Trial(rule.id, example.name, example.status, None, error.message)
        else:
            yield Trial(rule.id, example.name, example.status, found, reason)


def code_of_trials(trials: Iterable[Trial]) -> ExitCode:
    """Return the exit code: whether every example holds."""
    return ExitCode.OK if all(one.holds for one in trials) else ExitCode.FINDINGS


def read_example(
    files: Mapping[str, str], site: Site, folder: Path, read: Callable[[Site], Snapshot]
) -> Snapshot:
    """Return the snapshot of an example that stands for a whole system, written to a folder.

    A few lines say what an example is about. So what shows a configuration to be whole is put
    around `cfg.txt`, and the objects that are there are stated to be all of them, unless the site
    states their number itself. `read` reads the folder. Raises SourceError.
    """
    for name, content in files.items():
        whole = _framed(content) if name == _CONFIGURATION else content
        (folder / name).write_text(whole, encoding="utf-8", newline="")
    snapshot = read(site)
    if site.target.objects is not None or not snapshot.objects:
        return snapshot
    stated = ObjectCount(value=len(snapshot.objects), by="the example")
    target = site.target.model_copy(update={"objects": stated})
    return read(site.model_copy(update={"target": target}))


def _framed(text: str) -> str:
    """Return lines of a configuration with its first line, its header and something at its end."""
    if text.startswith(_FIRST):
        return text
    product = _PRODUCT.search(text)
    named = f"# {product[1] if product else 'IP411'}-00-00-01\n"
    if _BOX_NAME.search(text) or _SETTING not in text:
        named = ""
    ended = text if text.endswith("\n") else f"{text}\n"
    return f"{_FIRST} 00\n{named}{ended}vars create UPDATE/CHECK p 1\n"


def _run(
    rule: RuleDocument, example: Example, checks: Mapping[str, Check], today: date
) -> tuple[Status, Text]:
    """Return the status of an example, and what was observed. Raises InputError."""
    site = _site(example)
    check_dates(site.facts, today)
    credentials = Credentials(
        pbx_password=example.pbx_password or None,
        admin_password=example.admin_password or None,
        app_platform_password=example.app_platform_password or None,
    )
    with tempfile.TemporaryDirectory() as name:

        def read(stated: Site) -> Snapshot:
            return Reader(stated, credentials).read(name)

        files = {_CONFIGURATION: example.configuration, **example.files}
        snapshot = read_example(files, site, Path(name), read)
    if example.tls:
        areas = {**snapshot.areas, Area.TLS: Coverage.COMPLETE}
        snapshot = replace(snapshot, tls=tuple(example.tls), areas=areas)
    (result,) = audit(snapshot, site, Selection([rule], Thresholds(), checks), today).results
    seen = [finding.observation.detail for finding in result.findings]
    said = [result.reason, *seen] if result.reason else seen
    return result.status, joined("{one}; {other}", said)


def _site(example: Example) -> Site:
    try:
        return Site.model_validate(parse_toml(example.site))
    except TomlError as error:
        raise InputError(say("its site file: {reason}", reason=error.reason)) from None
    except ValidationError as error:
        raise InputError(
            say("its site file: {reason}", reason=first_problem(error, Site).told())
        ) from None

"""`pbx-auditor rules`: the controls, explained and tested; the user's own too."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor.cli.common_options import completion
from auditor.cli.interaction.console import show_json, show_text, spoken, suggest, tell, told, width
from auditor.errors import InputError
from auditor.files.writing import write_file
from auditor.messages.message import say
from auditor.messages.titles import titled
from auditor.report.explanation import explain_finding
from auditor.report.formats.saved_reports import load_report
from auditor.report.terms import said
from auditor.rules.catalogue import Catalogue
from auditor.rules.page_folder import page_folder
from auditor.rules.rule_pages import DECIDED, to_text
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.rule_examples import code_of_trials, run_examples
from auditor.run.setup import load_catalogue_of
from auditor.site.site_file import load_site

HELP: Final = "List, explain and test controls."
_INDEX: Final = "README.md"

Folders = Annotated[
    list[Path] | None, typer.Option("--rules", help="Folder with controls of your own.")
]
SiteFile = Annotated[Path | None, typer.Option(help="Site file that names controls of its own.")]


def show_list(
    profile: Annotated[
        str | None,
        typer.Option(help="Only those of this profile.", autocompletion=completion.profiles),
    ] = None,
    rules: Folders = None,
    site: SiteFile = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the controls: id, severity, how each is decided, and title.

    Exit codes: 0 listed, 2 a document or a name is wrong.
    """
    catalogue = _catalogue(rules, site)
    wanted = catalogue.controls_of(profile) if profile else sorted(catalogue.rules)
    chosen = [catalogue.rules[name] for name in wanted]
    if as_json:
        entries = [
            {
                "id": rule.id,
                "title": rule.title,
                "severity": rule.severity.value,
                "automation": rule.automation.value,
                "grade": rule.grade.value,
                "check": rule.check,
                "origin": catalogue.origins.get(rule.id, ""),
            }
            for rule in chosen
        ]
        show_json(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    lines = [
        f"{rule.id:<9}{told(said(rule.severity.value)):<10}"
        f"{told(DECIDED[rule.automation]):<13}{told(titled(rule, '', rule.de))}"
        for rule in chosen
    ]
    show_text("\n".join(lines))


def explain(
    what: Annotated[
        str,
        typer.Argument(
            help="Id of a control, or fingerprint of a finding.",
            metavar="ID",
            autocompletion=completion.controls,
        ),
    ],
    report: Annotated[
        Path | None, typer.Option("--in", help="report.json that holds the finding.")
    ] = None,
    rules: Folders = None,
    site: SiteFile = None,
) -> None:
    """Explain a control: why, how it is read, what to do, mappings, examples. Or one finding.

    Exit codes: 0 explained, 2 there is no such control or finding.
    """
    if report is not None:
        saved = load_report(report)
        suggest(saved.run.language)
        show_text(explain_finding(saved, what, width(), spoken()))
        return
    catalogue = _catalogue(rules, site)
    catalogue.check_known([what], "ID")
    show_text(to_text(catalogue.rules[what], width(), catalogue.origins.get(what, ""), spoken()))


def try_examples(
    folder: Annotated[
        Path, typer.Argument(help="Folder with controls of your own.", show_default=False)
    ],
    site: SiteFile = None,
) -> None:
    """Run the examples of controls of your own, as an audit would.

    Exit codes: 0 each example has the status it states, 1 some have not, 2 a document is wrong.
    """
    catalogue = _catalogue([folder], site)
    today = SYSTEM_CLOCK.now().date()
    own = [rule for name, rule in sorted(catalogue.rules.items()) if name in catalogue.origins]
    trials = [trial for rule in own for trial in run_examples(rule, catalogue.checks, today)]
    lines = []
    for trial in trials:
        mark = "ok  " if trial.holds else "FAIL"
        lines.append(f"{mark} {trial.rule}  {trial.example}: {trial.wanted.value}")
        if not trial.holds:
            found = trial.found.value if trial.found else say("not run")
            it_is = say("it is {status}: {reason}", status=found, reason=trial.reason)
            lines.append(f"       {told(it_is)}")
    holding, total = sum(trial.holds for trial in trials), len(trials)
    lines.append(told(say("{count} of {total} examples hold", count=holding, total=total)))
    show_text("\n".join(lines))
    raise typer.Exit(code_of_trials(trials))


def docs(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write to.")] = Path(
        "docs/rules"
    ),
    rules: Folders = None,
    site: SiteFile = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a page is not up to date.")
    ] = False,
) -> None:
    """Write a page about each control, and one that lists them.

    Exit codes: 0 written, or up to date, 1 not up to date (--check), 2 a document is wrong, 6 not
    written.
    """
    found = page_folder(_catalogue(rules, site), out)
    if check:
        for name in [*found.stale, *found.left_over]:
            tell(say("not up to date: {path}", path=str(out / name)))
        raise typer.Exit(found.code)
    for name in found.stale:
        write_file(out / name, found.pages[name].encode())
    tell(
        say(
            "written: {count} of {total} pages below {path}",
            count=len(found.stale),
            total=len(found.pages),
            path=str(out),
        )
    )


GROUP: Final[Mapping[str, Callable[..., None]]] = {
    "list": show_list,
    "explain": explain,
    "test": try_examples,
    "docs": docs,
}


def _catalogue(folders: list[Path] | None, site: Path | None) -> Catalogue:
    for folder in folders or ():
        if not folder.is_dir():
            raise InputError(
                say("there is no such folder"), where=str(folder), advice=say("check --rules")
            )
    settings = load_site(site)
    suggest(settings.report.language)
    return load_catalogue_of(settings, folders or (), examples=True)

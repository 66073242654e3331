"""A control is begun, filled in and checked with the tools, as CONTRIBUTING.md says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from auditor.rules.catalogue import load_catalogue
from tests import generated
from tests.authoring import check, places, scaffold
from tests.authoring.__main__ import main
from tests.authoring.blanks import blanks
from tests.authoring.scaffold import RefusedError, Wanted, refuse
from tests.rules import cases, observed

KNOWN = load_catalogue(examples=True)
EXAMPLE = places.CHECKOUT / "tests" / "authoring" / "example"
PARTS = ("auditor", "rules", "reports", "tests", "docs", "pyproject.toml", "CHANGELOG.md")
MADE = "build"  # beside them, if it was made
# To start takes as long as what is done then, so several commands share a process where they can.
LEFT = """
import sys
from tests.authoring import check
from tests.authoring.__main__ import main
check.run_tests = lambda _: sys.exit("they are run when nothing is left to do")
sys.exit(main(["check", "XY-01"]))
"""
RENEWED_AND_LEFT = f"""
from tests import generated
assert generated.main([]) == 0
{LEFT}"""
RENEWED_AND_CHECKED = """
import sys
from tests import generated
from tests.authoring.__main__ import main
assert generated.main([]) == 0
from tests.rules import observed
assert main(["check", "XY-01"]) == 1  # the sentences of a case are not kept yet
assert observed.main(["XY-01"]) == 0
assert main(["new", "XY-01", "users"]) == 2
assert generated.main(["--check"]) == 0
"""
CHECKED = """
import sys
from tests.authoring.__main__ import main
sys.exit(main(["check", "XY-01"]))
"""
GERMAN = {
    "its number begins like a call outside": "die Nummer beginnt wie ein Anruf nach draußen",
    "its number begins like one inside": "die Nummer beginnt wie eine interne",
    "the source shows neither what it is nor its number for certain": (
        "die Quelle zeigt nicht sicher, was es ist und welche Nummer es hat"
    ),
}


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (Wanted("HD-04", "users"), "HD-20"),
        (Wanted("HD4", "users"), "no id"),
        (Wanted("hd-44", "users"), "no id"),
        (Wanted("XY-01\n", "users"), "no id"),
        (Wanted("", "users"), "no id"),
        (Wanted("XY-01", "user"), "toll-fraud"),
        (Wanted("XY-01", "profiles"), "toll-fraud"),
        (Wanted("XY-01", "../users"), "toll-fraud"),
        (Wanted("XY-01", "users", "../x"), "no name"),
        (Wanted("XY-01", "users", "x" * 31), "no name"),
        (Wanted("XY-01", "users", "flag-is"), "CHECK=flag-is"),
        (Wanted("XY-01", "users", "settings"), "already"),
        (Wanted("XY-01", "users", shared="flag-was"), "flag-is"),
    ],
)
def test_what_cannot_be_a_new_control_is_refused(wanted, named):
    with pytest.raises(RefusedError, match=re.escape(named)):
        refuse(wanted, KNOWN)


def test_what_can_be_one_is_not():
    refuse(Wanted("XY-01", "users"), KNOWN)
    refuse(Wanted("XY-01", "users", "users-have-x"), KNOWN)
    refuse(Wanted("XY-01", "users", shared="flag-is"), KNOWN)


@pytest.mark.parametrize("arguments", [["check", "HD-99"], ["new", "HD-04", "users"]])
def test_a_refusal_is_exit_code_2_and_says_why(arguments, capsys):
    assert main(arguments) == 2
    assert arguments[1] in capsys.readouterr().err


def test_the_checks_stay_in_their_order():
    text = places.CHECKS.read_text(encoding="utf-8")
    made = scaffold.registered(text, Wanted("XY-01", "users", "base-user-is-here"))
    lines = [line for line in made.splitlines() if line not in text.splitlines()]
    assert lines == [
        "    base_user_is_here,",
        '    "base-user-is-here": base_user_is_here.base_user_is_here,',
    ]
    assert made.index("base_user,") < made.index("base_user_is_here,") < made.index("device_flags,")


@pytest.mark.parametrize("name", ["HD-04", "NET-01"], ids=["with a table", "without"])
def test_a_control_says_where_its_parts_are(name):
    rule = KNOWN.rules[name]
    text = "\n".join(check.about(rule, KNOWN))
    assert places.shown(places.document_of(rule.id)) in text
    assert rule.check in text


def test_nothing_is_left_to_fill_in_of_a_control_that_is_there():
    assert blanks(KNOWN.rules["HD-04"], KNOWN) == []


def test_a_case_whose_sentences_are_not_kept_is_left_to_do(monkeypatch):
    rule = next(rule for name, rule in KNOWN.rules.items() if observed.TOLD.get(name))
    case = next(iter(observed.TOLD[rule.id]))
    others = {name: said for name, said in observed.TOLD[rule.id].items() if name != case}
    monkeypatch.setitem(observed.TOLD, rule.id, others)
    (left,) = blanks(rule, KNOWN)
    assert case in left
    assert f"make observed ID={rule.id}" in left


def test_names_that_are_not_kept_are_left_to_do_and_no_test_runs(monkeypatch, capsys):
    monkeypatch.delitem(observed.OBSERVED, "HD-04")
    monkeypatch.setattr(check, "run_tests", lambda _: pytest.fail("they would say the same"))
    assert main(["check", "HD-04"]) == 1
    assert "make observed ID=HD-04" in capsys.readouterr().out


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 1)])
def test_the_tests_decide_when_nothing_is_left(passed, code, monkeypatch):
    monkeypatch.setattr(check, "run_tests", lambda _: passed)
    assert main(["check", "HD-08"]) == code


@pytest.mark.parametrize("text", ["no TOML", "[[cases]]\nname = 'x'\nstate = 'passed'"])
def test_a_table_that_cannot_be_used_is_named(text, tmp_path, monkeypatch, capsys):
    shutil.copy(cases.FOLDER / "common.toml", tmp_path)
    (tmp_path / "XY-01.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(cases, "FOLDER", tmp_path)
    cases.load_tables.cache_clear()
    try:
        assert main(["check", "HD-04"]) == 2
    finally:
        cases.load_tables.cache_clear()
    assert "XY-01.toml" in capsys.readouterr().err


def test_the_document_that_is_begun_explains_every_word_for_an_action():
    begun = (places.CHECKOUT / "tests/authoring/templates/document.toml").read_text("utf-8")
    explained = "".join(line for line in begun.splitlines() if line.startswith("#"))
    used = {rule.remediation.action for rule in KNOWN.rules.values()}
    assert {word for word in used if not re.search(rf"\b{word}\b", explained)} == set()


def test_what_did_not_change_is_not_written(tmp_path, monkeypatch):
    before, new = tmp_path / "before.md", tmp_path / "folder" / "new.md"
    before.write_bytes(b"as it is\n")
    made = {before: b"as it is\n", new: b"new\n"}
    monkeypatch.setattr(generated, "octets", lambda: made)
    monkeypatch.setattr(generated, "translated", list)
    assert generated.write() == ([new], 2)
    assert generated.write() == ([], 2)


def ended(folder, *arguments, by="-m"):
    return subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, by, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def fill_in(folder, begun):
    """Write the control of the example over what the tool began."""
    document, table, *_, module, checks, german = begun
    assert checks == "auditor/checks/__init__.py"
    shutil.copy(EXAMPLE / "document.toml", folder / document)
    shutil.copy(EXAMPLE / "cases.toml", folder / table)
    stub = (folder / module).read_text(encoding="utf-8")
    names = re.findall(r"^from ([\w.]+) import", stub, re.MULTILINE)[2:]
    text = (EXAMPLE / "check.txt").read_text(encoding="utf-8")
    parts = ("observe", "parameters", "message", "result", "snapshot", "effective", "view")
    for name, where in zip(parts, names, strict=True):
        text = text.replace(f"${name}", where)
    function = re.search(r"^def (\w+)", stub, re.MULTILINE)[1]
    (folder / module).write_text(text.replace("$function", function), encoding="utf-8")
    changelog = folder / "CHANGELOG.md"
    changelog.write_text(changelog.read_text("utf-8").replace("TODO ", ""), encoding="utf-8")
    return folder / german


def translate(path):
    text = path.read_text(encoding="utf-8")
    for english, said in GERMAN.items():
        assert f'msgid "{english}"\nmsgstr ""' in text
        text = text.replace(f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{said}"')
    path.write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_a_control_is_begun_filled_in_and_passes(tmp_path):
    # What is compiled fits what it was compiled of, wherever both are, and compiling takes long.
    skipped = shutil.ignore_patterns("expected")
    for source in (places.CHECKOUT / name for name in (*PARTS, MADE)):
        if source.is_dir():
            shutil.copytree(source, tmp_path / source.name, ignore=skipped)
        elif source.name != MADE:
            shutil.copy(source, tmp_path / source.name)
    new = ended(
        tmp_path, "tests.authoring", "new", "XY-01", "users", "--name", "numbers-stay-inside"
    )
    assert new.returncode == 0, new.stderr
    begun = [line.strip() for line in new.stdout.splitlines() if line.startswith("  ")]
    assert all((tmp_path / name).is_file() for name in begun)

    first = ended(tmp_path, LEFT, by="-c")
    assert first.returncode == 1, first.stderr
    silent = ("benchmark", "__init__", ".po")  # nothing marked, or not said in the end
    for name in (name for name in begun if not any(part in name for part in silent)):
        assert f"    {name}:" in first.stdout, name
    assert "    docs/rules/XY-01.md: " in first.stdout

    translations = fill_in(tmp_path, begun)
    second = ended(tmp_path, RENEWED_AND_LEFT, by="-c")
    assert second.returncode == 1, second.stderr
    assert "still to do: 5" in second.stdout

    translate(translations)
    for program in (RENEWED_AND_CHECKED, CHECKED):
        done = ended(tmp_path, program, by="-c")
        assert done.returncode == 0, done.stdout + done.stderr

"""A control is begun, filled in and checked with the tools, as CONTRIBUTING.md says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from auditor.rules.catalogue import load_catalogue
from tests.authoring import check, places, scaffold
from tests.authoring.__main__ import main
from tests.authoring.blanks import blanks
from tests.authoring.scaffold import RefusedError, Wanted, refuse

KNOWN = load_catalogue(examples=True)
EXAMPLE = places.CHECKOUT / "tests" / "authoring" / "example"
PARTS = ("auditor", "rules", "reports", "tests", "docs", "pyproject.toml", "CHANGELOG.md")
MADE = "build"  # beside them, if it was made
# To start takes as long as what is done then, so several commands share a process where they can.
LEFT = """
import sys
from tests.authoring import check
from tests.authoring.__main__ import main
check.run_tests = lambda *_, **__: True  # they are run when nothing is left to do
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
assert main(["new", "XY-01", "users"]) == 2
assert generated.main(["--check"]) == 0
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
    for name, where in zip(
        ("observe", "parameters", "message", "result", "view"), names, strict=True
    ):
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
    for name in (name for name in begun if "benchmark" not in name and "__init__" not in name):
        assert f"    {name}:" in first.stdout, name
    assert "    docs/rules/XY-01.md: " in first.stdout

    translations = fill_in(tmp_path, begun)
    second = ended(tmp_path, RENEWED_AND_LEFT, by="-c")
    assert second.returncode == 1, second.stderr
    assert "still to fill in: 3" in second.stdout

    translate(translations)
    third = ended(tmp_path, RENEWED_AND_CHECKED, by="-c")
    assert third.returncode == 0, third.stdout + third.stderr

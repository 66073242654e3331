"""Files that the program begins: they load, they say what was answered, they overwrite nothing."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.cli import branding, site
from auditor.files.writing import write_new
from auditor.model.site import Site
from auditor.report.branding import new_branding
from auditor.report.branding.branding_file import BrandingFile, load_branding
from auditor.site import new_site_file
from auditor.site.site_file import load_site_file
from tests.fixtures.pbx import configuration_of, write
from tests.fixtures.program import LIMIT, environment, start

# Everything that a terminal or a file in UTF-8 can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAME = TEXT.map(str.strip).filter(bool)
NUMBER = st.text("0123456789*#", min_size=1, max_size=40)
ODD = [
    'a"b',
    "a\\b",
    "a\nb",
    "# no comment",
    "]",
    "x = 1",
    "'",
    "\x7f",
    "\x85",
    "\u202e",
    "😀",
    "ß",
]
PARTNERS = ("--partner", "A", "--customer", "B")


@given(TEXT, st.lists(NAME), st.lists(NUMBER), st.lists(NAME), st.sampled_from(["en", "de"]))
def test_any_answers_are_in_the_site_file(name, users, prefixes, gateways, language):
    answers = {
        new_site_file.NAME: name,
        new_site_file.BASE_USERS: users,
        new_site_file.TRUNK_PREFIXES: prefixes,
        new_site_file.INTERNAL_GATEWAYS: gateways,
        new_site_file.LANGUAGE: language,
    }
    content = tomllib.loads(new_site_file.site_text(answers, language))
    assert {keys: content[keys[0]][keys[1]] for keys in answers} == answers
    assert Site.model_validate(content).report.language == language
    nothing = Site.model_validate(tomllib.loads(new_site_file.site_text({})))
    assert nothing == Site()


@given(NAME, NAME, TEXT)
def test_any_answers_are_in_the_branding_file(partner, customer, project):
    answers = {
        new_branding.PARTNER: partner,
        new_branding.CUSTOMER: customer,
        new_branding.PROJECT: project,
    }
    content = tomllib.loads(new_branding.branding_text(answers))
    assert (content["partner"]["name"], content["customer"]["name"]) == (partner, customer)
    assert content["project"] == project
    assert BrandingFile.model_validate(content)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("text", "model"),
    [(new_site_file.site_text, Site), (new_branding.branding_text, BrandingFile)],
)
def test_every_example_in_it_can_be_used_and_every_table_is_known(text, model, language):
    whole = re.sub(r"^# (?=[a-z_]+ = )", "", text({}, language), flags=re.MULTILINE)
    content = tomllib.loads(whole)
    found = model.model_validate(content)
    assert found != model.model_construct()
    assert max(map(len, whole.splitlines())) <= 100
    comments = text({}, language)
    assert ("Standortdatei" in comments or "Wer " in comments) is (
        language == "de"
    ) or model is Site


@pytest.mark.parametrize("odd", ODD)
def test_odd_options_are_written_as_they_are(console, tmp_path, odd):
    ended = console(
        "site", "init", "--name", odd, "--base-user", odd, "--base-user", "b", "--out", "s.toml"
    )
    assert ended.code == 0, ended.said
    found = load_site_file(tmp_path / "s.toml").site
    assert found.target.name == odd
    assert found.hot_desk.base_users == [odd.strip(), "b"] or not odd.strip()
    assert "\x85" not in ended.said


def test_without_a_terminal_and_options_everything_is_left_open(console, tmp_path):
    ended = console("site", "init")
    assert ended.code == 0
    assert load_site_file(tmp_path / "site.toml").site == Site()
    assert console("site", "check", "site.toml").code == 0
    assert "# base_users = " in (tmp_path / "site.toml").read_text(encoding="utf-8")
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "site.toml").stat().st_mode) == 0o600


def test_an_answer_can_be_that_there_is_none(console, tmp_path):
    console("site", "init", "--base-user", "-", "--internal-gateway", "-")
    found = load_site_file(tmp_path / "site.toml").site
    assert (found.hot_desk.base_users, found.lists.internal_gateways) == ([], [])
    assert found.dialling.trunk_prefixes is None


def test_what_is_begun_is_what_the_project_file_names(console, tmp_path):
    write(tmp_path, {"cfg.txt": configuration_of()})
    console("site", "init", "--name", "Ours", "--language", "de")
    write(tmp_path, {"pbx-auditor.toml": b'site = "site.toml"\n'})
    assert "Ours" in console("audit", "cfg.txt").out


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--trunk-prefix", "abc"], "--trunk-prefix"),
        (["--firmware", "new"], "--firmware"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_nothing_is_written(
    console, tmp_path, options, named
):
    ended = console("site", "init", *options)
    assert ended.code == 2
    assert named in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["site", "branding"])
@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_nothing_is_ever_overwritten(console, tmp_path, command, there):
    place = tmp_path / f"{command}.toml"
    if there == "file":
        place.write_text("mine", encoding="utf-8")
    elif there == "folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "elsewhere")
    ended = console(command, "init", *(PARTNERS if command == "branding" else ()))
    assert ended.code == (6 if there == "folder" else 2)
    assert "--out" in ended.err
    assert not (tmp_path / "elsewhere").exists()
    assert there != "file" or place.read_text(encoding="utf-8") == "mine"


def test_nor_is_what_appears_in_the_meantime(tmp_path):
    write_new(tmp_path / "new" / "a", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "new" / "a", b"second")
    assert (tmp_path / "new" / "a").read_bytes() == b"first"


def test_a_file_that_cannot_be_written_is_an_error_of_its_own(console, tmp_path):
    (tmp_path / "file").touch()
    assert console("site", "init", "--out", "file/site.toml").code == 6
    assert console.crashes() == []


def test_a_branding_file_needs_both_names(console, tmp_path):
    for options in ((), PARTNERS[:2], PARTNERS[2:], ("--partner", " ", "--customer", "B")):
        assert console("branding", "init", *options).code == 2
    assert list(tmp_path.iterdir()) == []
    assert console("branding", "init", *PARTNERS, "--language", "de").code == 0
    assert load_branding(tmp_path / "branding.toml").file.customer.name == "B"
    assert "# Wer das System übergibt" in (tmp_path / "branding.toml").read_text(encoding="utf-8")


def test_each_question_is_about_a_key_that_is_in_the_file():
    for module, text in ((site, new_site_file.site_text), (branding, new_branding.branding_text)):
        for one in module.QUESTIONS:
            assert f"{one.keys[1]} = " in text({})
        assert len(module.QUESTIONS) == 5


pty = pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")


@pytest.fixture
def typed(tmp_path):
    """Run the program on a terminal on which somebody types; return how it ended."""
    terminals = pytest.importorskip("pty")

    def run(arguments, text):
        ours, theirs = terminals.openpty()
        with subprocess.Popen(  # noqa: S603 -- this interpreter
            [sys.executable, "-m", "auditor", *arguments],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        ) as process:
            os.write(ours, text)
            try:
                code = process.wait(LIMIT)
            finally:
                process.kill()
        said = os.read(ours, 100_000)
        os.close(theirs)
        os.close(ours)
        return code, said.decode(errors="replace")

    return run


@pty
def test_a_terminal_is_asked_five_questions(typed, tmp_path):
    code, said = typed(["site", "init"], "Köln\nbase, other\nabc\n0,9\n-\n\n".encode())
    assert code == 0, said
    found = load_site_file(tmp_path / "site.toml").site
    assert found.target.name == "Köln"
    assert found.hot_desk.base_users == ["base", "other"]
    assert found.dialling.trunk_prefixes == ["0", "9"]
    assert found.lists.internal_gateways == []
    assert found.firmware.baseline is None


@pty
def test_options_are_not_asked_again_and_the_end_of_input_leaves_the_rest_open(typed, tmp_path):
    code, said = typed(["site", "init", "--name", "A", "--trunk-prefix", "0"], b"base\n\x04")
    assert code == 0, said
    found = load_site_file(tmp_path / "site.toml").site
    assert found.target.name == "A"
    assert found.hot_desk.base_users == ["base"]
    assert found.lists.internal_gateways == []


@pty
def test_what_is_needed_is_asked_until_it_is_there(typed, tmp_path):
    code, said = typed(["branding", "init"], b"\nPartner\nCustomer\n\n\n\n")
    assert code == 0, said
    assert load_branding(tmp_path / "branding.toml").file.partner.name == "Partner"
    code, _ = typed(["branding", "init", "--out", "b.toml"], b"Partner\n\x04")
    assert code == 2
    assert not (tmp_path / "b.toml").exists()


@pty
def test_an_answer_that_is_no_text_is_an_error(typed, tmp_path):
    code, _ = typed(["site", "init"], b"\xff\n")
    assert code == 2
    assert not list(tmp_path.glob("*.t*"))


def test_no_terminal_means_no_question(tmp_path):
    with start(["site", "init"], tmp_path) as process:
        assert process.wait(LIMIT) == 0

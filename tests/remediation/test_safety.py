"""Who could put something under the scripts: beside them, in their files, in what the PBX sends."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import stat
import subprocess
import sys

import pytest

from auditor.remediation.composing import scripts
from auditor.report.branding.logos import LogoError, _sanitised
from tests.fixtures.sentences import says, sentence
from tests.remediation.conftest import state_of
from tests.remediation.liar import BOX, LIES, SOAP, script
from tests.remediation.test_damage import hashed

FILES = (
    "remediation.state",
    "remediation.key",
    "remediation.log",
    "remediation.lock",
    "new-passwords.txt",
    "expert-script.txt",
)
KINDS = ("attribute", "password", "option")


class TestFiles:
    @staticmethod
    def link(path, elsewhere):
        path.symlink_to(elsewhere)

    @staticmethod
    def dangling(path, elsewhere):
        elsewhere.unlink()
        path.symlink_to(elsewhere)

    @staticmethod
    def second_name(path, elsewhere):
        path.hardlink_to(elsewhere)

    @staticmethod
    def pipe(path, _elsewhere):
        os.mkfifo(path)

    @staticmethod
    def device(path, _elsewhere):
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))

    @staticmethod
    def for_all(path, _elsewhere):
        path.touch()
        path.chmod(0o666)

    @staticmethod
    def theirs(path, _elsewhere):
        path.touch()
        os.chown(path, 12345, -1)

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize(
        "kind", ["link", "dangling", "second_name", "pipe", "device", "for_all", "theirs"]
    )
    def test_what_is_no_file_of_ours_is_refused_at_once(self, case, tmp_path, name, kind):
        if kind in {"device", "theirs"} and os.geteuid():
            pytest.skip("only root can make one")
        one = case(LIES["honest"], "attribute")
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text("untouched", encoding="utf-8")
        getattr(self, kind)(one.hand.folder / name, elsewhere)
        for done in (one.apply(), one.roll_back(), one.hand.run()):
            assert (done.code, name in done.err) == (6, True)
        assert one.liar.web.seen == []
        assert not elsewhere.exists() or elsewhere.read_text("utf-8") == "untouched"

    @pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
    def test_a_folder_that_others_can_write_to(self, case, mode):
        one = case(LIES["honest"], "attribute")
        one.hand.folder.chmod(mode)
        done = one.apply()
        assert (done.code, says("others can write", done.err)) == (6, True)
        assert one.liar.web.seen == []

    @pytest.mark.parametrize(("mode", "code"), [(0o777, 6), (0o707, 6), (0o1777, 0), (0o775, 0)])
    def test_a_folder_above_it_that_everybody_can_write_to(self, case, tmp_path, mode, code):
        """Everybody could put another folder in its place; not where it is sticky, like /tmp."""
        one = case(LIES["honest"], "attribute")
        above = tmp_path / "above"
        (above / "between").mkdir(parents=True)
        one.hand.folder = one.hand.folder.rename(above / "between" / "plan")
        above.chmod(mode)
        assert one.apply().code == code
        assert bool(one.liar.web.seen) == (code == 0)

    def test_a_plan_that_is_a_pipe(self, case, tmp_path):
        one = case(LIES["honest"], "attribute")
        os.mkfifo(tmp_path / "plan")
        assert one.hand.run("--plan", str(tmp_path / "plan")).code == 2

    @pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
    def test_files_are_for_their_owner_whatever_the_umask(self, case, umask):
        one = case(LIES["honest"], "password")
        shutil.rmtree(one.hand.folder)
        former = os.umask(umask)
        try:
            one = case(LIES["honest"], "password")
            one.hand.folder.chmod(0o700)
            assert one.apply().code == 0
        finally:
            os.umask(former)
        made = {path.name: path.stat().st_mode & 0o777 for path in one.hand.folder.iterdir()}
        made.pop("plan.json")
        assert set(made) > set(FILES)
        assert set(made.values()) == {0o600}

    def test_what_was_left_of_a_file_that_was_being_written(self, case):
        one = case(LIES["honest"], "attribute")
        (one.hand.folder / "remediation.key.new").write_text("half", encoding="utf-8")
        assert one.apply().code == 0
        assert one.roll_back().code == 0


MARKS = ("##[error]x", "##vso[task.complete]x", "##teamcity[x]", "a\x1b[31mb", "a\u202eb")


@pytest.mark.parametrize("name", MARKS)
def test_no_log_takes_a_name_for_a_command(case, name):
    """The log of a build acts upon some marks anywhere in a line."""
    one = case(LIES["honest"], "attribute")
    content = json.loads((one.hand.folder / "plan.json").read_text("utf-8"))
    for step in content["steps"]:
        step["subject"]["name"] = name
    content = hashed(content)
    (one.hand.folder / "plan.json").write_text(json.dumps(content), encoding="utf-8")
    for back in (False, True):
        done = one.hand.run("--only", one.only[1], "--apply", content["hash"], back=back)
        assert done.code == 0, done.err
        assert done.out
        assert not re.search(r"##[A-Za-z-]*\[|[\x1b\u202e]", done.out)


class TestState:
    """Somebody edits what was noted."""

    def notes(self, one):
        path = one.hand.folder / "remediation.state"
        return path, path.read_text("utf-8").splitlines()

    def refused(self, one):
        done, lines, writes = one.roll_back(), one.liar.lines, one.liar.writes
        assert (done.code, says("damaged", done.err)) == (2, True)
        for more in (("--restore",), ()):
            assert one.roll_back(*more).code == 2
        assert one.apply().code == 2
        assert (one.liar.lines, one.liar.writes) == (lines, writes)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("key", ["before", "after", "phase", "step", "hash", "proof"])
    def test_any_part_of_it(self, case, kind, key):
        one = case(LIES["honest"], kind)
        one.apply()
        path, lines = self.notes(one)
        note = json.loads(lines[-1])
        forged = {
            "before": note["before"].replace("<user ", '<user admin="true" ', 1) + " ",
            "after": note["after"] + " ",
            "phase": "begun",
            "step": note["step"] + 1,
            "hash": "0" * 64,
            "proof": "0" * 64,
        }
        lines[-1] = json.dumps({**note, key: forged[key]})
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.refused(one)

    @pytest.mark.parametrize("edit", ["twice", "without the first", "turned round", "more"])
    def test_the_order_of_it(self, case, edit):
        one = case(LIES["honest"], "attribute")
        one.apply()
        path, lines = self.notes(one)
        edited = {
            "twice": [*lines, lines[-1]],
            "without the first": lines[1:],
            "turned round": lines[::-1],
            "more": [*lines, lines[0]],
        }
        path.write_text("\n".join(edited[edit]) + "\n", encoding="utf-8")
        self.refused(one)

    @pytest.mark.parametrize("left", ["nothing", "no file", "no line", "the first", "all but one"])
    def test_the_end_of_it(self, case, left):
        """What an older copy, or a shortened one, lacks would be left as it is, without a word."""
        one = case(LIES["honest"], "attribute")
        for _ in range(2):
            assert one.apply().code == 0
            assert one.roll_back().code == 0
        assert one.apply().code == 0
        path, lines = self.notes(one)
        kept = {"the first": lines[:1], "all but one": lines[:-2]}.get(left, [])
        path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        if left == "no file":
            path.unlink()
        if left == "no line":
            path.write_text(lines[0], encoding="utf-8")
        self.refused(one)

    def test_the_last_note_may_be_one_that_the_key_does_not_know_yet(self, case):
        one = case(LIES["honest"], "attribute")
        assert one.apply().code == 0
        key = one.hand.folder / "remediation.key"
        former = key.read_bytes()
        assert one.roll_back().code == 0
        path, lines = self.notes(one)
        path.write_text("".join(f"{line}\n" for line in lines[:-1]), encoding="utf-8")
        key.write_bytes(former)
        assert one.roll_back().code == 0
        assert one.roll_back().code == 0
        assert one.liar.lines == one.before

    @pytest.mark.parametrize("key", [b"", b"short", b"0" * 64])
    def test_the_key_of_it(self, case, key):
        one = case(LIES["honest"], "attribute")
        one.apply()
        (one.hand.folder / "remediation.key").write_bytes(key)
        self.refused(one)

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_note_that_is_proven_must_follow_from_the_step_too(self, case, kind):
        """Whoever has the key can still not make a step do what the plan does not say."""
        one = case(LIES["honest"], kind)
        one.apply()
        module, plan = one.hand.module, {"hash": one.hand.plan.hash}
        with module.Folder(one.hand.folder, plan, changes=True) as folder:
            [note] = folder.notes().values()
            before = note["before"].replace("<user ", '<user admin="true" ', 1)
            before = before.replace("config change PBX0", "config change PBX0 /admin", 1)
            folder.note({**note, "before": before})
        lines = one.liar.lines
        for more in ((), ("--restore",)):
            assert one.roll_back(*more).code == 2
        assert one.liar.lines == lines


MODULES = (
    "__future__",
    "json",
    "argparse",
    "hashlib",
    "hmac",
    "ssl",
    "resource",
    "sitecustomize",
    "importlib",
)


def hand_out(folder):
    for name, text in scripts().items():
        (folder / name).write_text(text, encoding="utf-8")


class TestImports:
    @pytest.mark.parametrize("place", ["beside", "current", "PYTHONPATH"])
    @pytest.mark.parametrize("name", ["remediate.py", "rollback.py"])
    def test_no_module_but_those_of_python_is_run(self, tmp_path, name, place):
        folder, other = tmp_path / "handed out", tmp_path / "other"
        for one in (folder, other):
            one.mkdir()
        hand_out(folder)
        planted = folder if place == "beside" else other
        ran = tmp_path / "ran"
        trap = f"open({str(ran)!r}, 'a').write(__name__)\n"
        for module in MODULES:
            if not (place == "PYTHONPATH" and module in {"sitecustomize", "importlib"}):
                (planted / f"{module}.py").write_text(trap, encoding="utf-8")
        if planted != folder:  # the one beside must be the one that is used
            (planted / "remediate.py").write_text(trap, encoding="utf-8")
        environment = {"PYTHONPATH": str(other)} if place == "PYTHONPATH" else {}
        done = subprocess.run(  # noqa: S603 -- the scripts under test
            [sys.executable, str(folder / name), "--help"],
            cwd=planted if place == "current" else tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "--plan" in done.stdout
        assert not ran.exists(), ran.read_text("utf-8")
        assert not list(folder.glob("__pycache__"))


DTD = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
DOCUMENTS = {
    "plain": DTD.encode(),
    "blanks before it": b" \r\n\t" * 3000 + DTD.encode(),
    "a comment before it": b"<!--" + b"x" * 9000 + b"-->" + DTD.encode(),
    "a mark before it": b"\xef\xbb\xbf" + DTD.encode(),
    "UTF-16": DTD.encode("utf-16"),
    "UTF-16, big": b"\xfe\xff" + DTD.encode("utf-16-be"),
    "UTF-16, unmarked": DTD.encode("utf-16-le"),
    "latin": f'<?xml version="1.0" encoding="iso-8859-1"?>{DTD}'.encode("latin-1"),
    "of Windows": f'<?xml version="1.0" encoding="cp1252"?>{DTD}'.encode("cp1252"),
    "of IBM": f'<?xml version="1.0" encoding="cp500"?>{DTD}'.encode("cp500"),
    "without entities": b"<!DOCTYPE a><a/>",
    "elsewhere": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x"><a/>',
}


class TestDocumentType:
    @pytest.mark.parametrize("name", DOCUMENTS)
    @pytest.mark.parametrize("path", [BOX, SOAP])
    def test_it_is_refused_in_every_encoding(self, case, name, path):
        one = case(LIES["honest"], "attribute")
        honest = one.liar.web.answer
        one.liar.web.answer = lambda at, body: DOCUMENTS[name] if at == path else honest(at, body)
        assert one.apply().code == 1
        assert one.liar.writes == 0

    @pytest.mark.parametrize("content", [DTD, f" {DTD}", DTD.replace("[", "SYSTEM 'x' [")])
    def test_it_is_refused_in_what_soap_carries(self, content):
        module = script()
        with pytest.raises(module.StopError, match=sentence("a document type is declared")):
            module.parse(content)

    def test_depths_are_refused(self):
        module = script()
        with pytest.raises(module.StopError, match=sentence("nested too deep")):
            module.parse("<a>" * 1000)

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_it_is_refused_in_a_logo(self, name):
        with pytest.raises(LogoError):
            _sanitised(DOCUMENTS[name])


def test_no_core_is_left(tmp_path):
    """In a process of its own, for this one may go on to be looked at."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import remediate, resource\n"
        "assert remediate.main(['--url', 'x', '--plan', '/nowhere'], back=False) == 2\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))\n"
        "print(__import__('ctypes').CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    hand_out(tmp_path)
    done = subprocess.run(  # noqa: S603 -- the scripts under test
        [sys.executable, "-B", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    expected = ["(0, 0)", "0"] if sys.platform == "linux" else ["(0, 0)"]
    assert done.stdout.splitlines()[: len(expected)] == expected
    assert resource.getrlimit(resource.RLIMIT_CORE) is not None


def test_what_was_begun_elsewhere_is_not_taken_for_ones_own(kit, server):
    before = state_of(server)
    (kit.folder / "remediation.state").write_text("{}\n", encoding="utf-8")
    assert kit.apply("--only", "HD-04").returncode == 2
    assert state_of(server) == before

"""Crontab, Task Scheduler and Kubernetes: read and run by what reads and runs them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from lxml import etree
from ruamel.yaml import YAML

from auditor.errors import InputError
from auditor.fleet.outward.units import cron, kubernetes, windows
from auditor.fleet.outward.units.needs import Credential, Needs
from tests.fleet.outward.units.conftest import AWKWARD, DAY

NEEDS = Needs((Credential("pbx@password"), Credential("linz-0123", "/srv/linz")), ("USER_1",))
HOUR = 3600
ENDS = (0, 1, 2, 3, 4, 6, 70, 75)
_TASK = Path(__file__).parent / "task.xsd"
# Microsoft's own schema is not ours to ship: the XML block of its page "Task Scheduler Schema"
# (MicrosoftDocs/win32, desktop-src/TaskSchd/task-scheduler-schema.md), saved to a file.
_PUBLISHED = os.environ.get("TASK_SCHEMA")


def noting(folder):
    """Make a program that notes where it is, a variable and its words."""
    program = folder / "program"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$PWD" "$USER_1" "$@" >> "{folder.parent}/said"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


class TestCron:
    # Some crons take the mark before a `%` away, others leave it to the shell.
    @pytest.mark.parametrize("percent", ["%", "\\%"])
    @pytest.mark.parametrize("name", AWKWARD)
    def test_the_line_does_what_it_says(self, job, tmp_path, name, percent):
        folder = tmp_path / name
        folder.mkdir()
        program = str(noting(folder))
        (folder / "environment").write_text("USER_1='an na'\n", encoding="utf-8")
        made = cron.made(
            job(inventory=folder / "fleet.toml", program=(program,), needs=NEEDS,
                textfile=folder / "x.prom", has_recipients=True)
        )  # fmt: skip
        assert not made.blocking
        fields = made.files[0].text.split(" ", 5)
        assert fields[:5] == ["5", "1", "*", "*", "*"]
        command = fields[5].rstrip("\n")
        # As cron reads it.
        assert "%" not in command.replace("\\%", "")
        subprocess.run(["/bin/sh", "-c", command.replace("\\%", percent)], check=True)  # noqa: S603 -- ours
        inventory = "./fleet.toml"
        words = [
            ["run", "--quiet", inventory],
            ["page", "--reports", "needing", "--quiet", inventory],
            ["digest", "--quiet", inventory],
            ["metrics", "--textfile", str(folder / "x.prom"), inventory],
        ]
        said = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
        assert said == [part for one in words for part in (str(folder), "an na", "fleet", *one)]
        assert (folder / "pbx-auditor.log").exists()

    def test_a_line_that_cron_would_cut_is_refused(self, job):
        assert cron.made(
            job(inventory=f"/{'x' * 250}/{'y' * 250}/{'z' * 250}/{'z' * 250}/f.toml")
        ).blocking


class TestWindows:
    @pytest.mark.parametrize(
        "schema",
        [
            _TASK,
            pytest.param(
                _PUBLISHED,
                marks=pytest.mark.skipif(not _PUBLISHED, reason="TASK_SCHEMA names no schema"),
            ),
        ],
        ids=["ours", "published"],
    )
    @pytest.mark.parametrize("every", [HOUR // 4, 6 * HOUR, DAY, 7 * DAY, 31 * DAY])
    @pytest.mark.parametrize("name", ["plain", *AWKWARD])
    def test_it_is_a_task(self, job, every, name, schema):
        made = windows.made(job(inventory=f"/srv/{name}/fleet.toml", every=every, needs=NEEDS))
        (file,) = made.files
        assert file.content[:2] in {b"\xff\xfe", b"\xfe\xff"}
        task = etree.fromstring(file.content)
        etree.XMLSchema(etree.parse(schema)).assertValid(task)
        space = {"t": task.nsmap[None]}
        assert task.findtext(".//t:WorkingDirectory", None, space) == f"/srv/{name}"
        assert name.replace('"', '\\"') in task.findtext(".//t:Arguments", None, space)

    def test_arguments_are_quoted_as_windows_reads_them(self, job):
        made = windows.made(job(inventory="/a b/fleet.toml", textfile=Path("/c d/x.prom")))
        task = etree.fromstring(made.files[0].content)
        found = [one.text for one in task.iter("{*}Arguments")]
        assert found == [
            'fleet run --quiet "/a b/fleet.toml"',
            'fleet page --reports needing --quiet "/a b/fleet.toml"',
            'fleet metrics --textfile "/c d/x.prom" "/a b/fleet.toml"',
        ]

    def test_what_it_would_take_for_a_variable_is_refused(self, job):
        with pytest.raises(InputError):
            windows.made(job(inventory="/srv/%TEMP%/fleet.toml"))


def cron_job(made):
    return YAML(typ="safe", pure=True).load(made.files[0].text)


class TestKubernetes:
    @pytest.mark.parametrize("name", ["plain", *AWKWARD])
    @pytest.mark.parametrize("needs", [Needs(), NEEDS])
    def test_it_is_a_cron_job(self, job, name, needs):
        document = cron_job(
            kubernetes.made(
                job(inventory=f"/srv/{name}/fleet.toml", needs=needs, textfile=Path("/x"))
            )
        )
        pod = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        mounts = {one["name"]: one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
        assert mounts["inventory"] == f"/srv/{name}"
        assert mounts.keys() == {one["name"] for one in pod["volumes"]}
        reader = pytest.importorskip("kubernetes_validate", reason="`make readers` installs it")
        for version in ("1.27", reader.latest_version()):
            reader.validate(document, version, strict=True)

    def test_secrets_are_referred_to(self, job):
        made = kubernetes.made(job(needs=NEEDS))
        pod = cron_job(made)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        (secret,) = [one["secret"] for one in pod["volumes"] if "secret" in one]
        assert secret["items"] == [
            {"key": "pbx_password", "path": "pbx@password"},
            {"key": "linz-0123", "path": "linz-0123"},
        ]
        (source,) = pod["containers"][0]["envFrom"]
        assert source == {"secretRef": {"name": "pbx-auditor-environment"}}

    @pytest.mark.parametrize(
        ("textfile", "is_blocked"),
        [("/var/lib/pbx-auditor/x.prom", False), ("/var/lib/node-exporter/x.prom", True)],
    )
    def test_metrics_go_where_a_container_may_write(self, job, textfile, is_blocked):
        blocking = kubernetes.made(job(textfile=Path(textfile))).blocking
        assert bool(blocking) is is_blocked
        assert all("/var/lib/pbx-auditor" in one for one in blocking)

    @pytest.mark.parametrize("code", ENDS)
    def test_what_is_new_is_no_failure(self, job, tmp_path, fake, code):
        said = fake("pbx-auditor", f'[ "$2" = run ] && exit {code}; exit 0')
        assert self._ends(kubernetes.made(job(textfile=tmp_path / "x"))) == (
            0 if code in {1, 4} else code
        )
        words = [line.split()[1] for line in said.read_text().splitlines()]
        assert words == ["run", "page", "metrics"]

    @pytest.mark.parametrize("code", ENDS)
    def test_a_digest_that_waits_for_a_run_is_no_failure(self, job, fake, code):
        said = fake("pbx-auditor", f"exit {code}")
        digest = kubernetes.made(job(has_recipients=True).digest)
        assert self._ends(digest) == (0 if code == 75 else code)
        assert [line.split()[1] for line in said.read_text().splitlines()] == ["digest"]
        assert cron_job(digest)["metadata"]["name"] == "pbx-auditor-digest"

    def test_what_fails_after_the_run_is_told(self, job, tmp_path, fake):
        fake("pbx-auditor", '[ "$2" = metrics ] && exit 6; exit 1')
        assert self._ends(kubernetes.made(job(textfile=tmp_path / "x"))) == 6

    @staticmethod
    def _ends(made):
        pod = cron_job(made)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        command = [one.replace("$$(", "$(") for one in pod["containers"][0]["command"]]
        return subprocess.run(command, env=os.environ, check=False).returncode  # noqa: S603 -- ours

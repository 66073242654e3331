"""What a collector reads is judged where the history is, or refused with nothing recorded."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from auditor.errors import ExitCode, InputError, Interruption
from auditor.fleet.scale import bundle as bundles
from auditor.fleet.scale.bundle import BundleOrigin, Gathered, read_bundle, write_bundle
from auditor.fleet.scale.sequence import collecting, next_sequence, sequence_file
from auditor.fleet.store.history import History
from auditor.messages.message import Message, say
from auditor.report.handover import archive, sealing
from auditor.report.handover.archive import write_archive
from auditor.report.handover.signing import key_of, new_key
from tests.fixtures.pbx import PBX_PASSWORD
from tests.fleet.runner.conftest import saved

HOSTILE = "\x1b[31m\u202eevil\r\nforged: line\x00 <script>x</script>"
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def recorded(site):
    """Return every row of the history but the one of the collector itself."""
    with History.open(site.folder.path / "history.db") as history:
        return (
            [(one.number, one.kind) for one in history.events()],
            history.last_run(),
            history.tenants(),
        )


def made(site, gathered=(), key=None, **more):
    """Write a bundle as somebody would who wants it to be accepted."""
    about = {
        "tool": "t",
        "collector": "graz",
        "tenant": "muster",
        "sequence": 10**12,
        "made": NOW,
        **more,
    }
    key = key or key_of((site.here / "graz.key").read_text(encoding="ascii"))
    gathered = gathered or [Gathered("graz-1", NOW - HOUR, NOW, reason=say("it hung up"))]
    content = write_bundle(BundleOrigin(**about), gathered, key)
    return site.folder.write("made.zip", content)


def packed(archive):
    """Return what an archive holds, None if it cannot be read."""
    try:
        with ZipFile(BytesIO(archive)) as opened:
            return {one.filename: opened.read(one) for one in opened.infolist()}
    except Exception:  # noqa: BLE001 -- of any kind
        return None


class TestJudging:
    def test_a_bundle_is_judged_like_what_is_read_here(self, site):
        site.expect("graz-1").expect("graz-2").add().has("graz-1").has("graz-2")
        ended = site.take(site.bundle())
        assert ended.code == 1
        assert "HD-10" in ended.out
        elsewhere = json.loads(site.status("--format", "json"))["pbxs"]
        for name in ("graz-1", "graz-2"):
            target = f"target = '{site.here / name}'"
            block = f'[[pbx]]\nid = "{name}x"\ntenant = "muster"\n{target}\n'
            site.expected[f"{name}x"] = block
            site.expected.pop(name)
        site.operate()
        (site.folder.path / "history.db").unlink()
        site.console("fleet", "run")
        here = json.loads(site.status("--format", "json"))["pbxs"]
        keys = ("state", "score", "failed", "open", "new")
        assert [[one[key] for key in keys if key in one] for one in elsewhere] == [
            [one[key] for key in keys if key in one] for one in here
        ]

    def test_what_was_not_read_is_not_reached_and_says_why(self, site):
        site.expect("graz-1").expect("graz-2").add().has("graz-1").has("graz-2", b"")
        bundle = site.bundle("--min-read", "50")
        ended = site.take(bundle, "--min-reached", "50")
        assert ended.code == 1
        assert "unreachable: graz-2" in ended.out
        states = {
            one["pbx"]: one["state"] for one in json.loads(site.status("--format", "json"))["pbxs"]
        }
        assert states == {"graz-1": "failed", "graz-2": "unreachable"}

    def test_what_is_not_in_it_is_not_reached(self, site):
        site.expect("graz-1").expect("graz-2").add().has("graz-1").has("graz-2")
        ended = site.take(
            site.bundle("--only", "graz-1"), "--min-reached", "100", "--fail-on", "critical"
        )
        assert "graz-2" in ended.out
        assert ended.code in {1, 3}
        assert "unreachable: graz-2" in ended.out

    def test_age_counts_from_the_reading(self, site):
        site.expect("graz-1", max_age=7200).add()
        snapshot = snapshot_of(site)
        began = datetime.now(UTC) - HOUR
        path = made(site, [Gathered("graz-1", began, began, snapshot)])
        assert site.take(path).code == 1
        found = json.loads(site.status("--format", "json"))["pbxs"][0]
        assert 3600 <= found["age_seconds"] < 7200

    def test_an_interrupted_import_goes_on_with_the_same_bundle(self, site, monkeypatch):
        site.expect("graz-1").expect("graz-2").add().has("graz-1").has("graz-2")
        bundle = site.bundle()
        with monkeypatch.context() as broken:
            broken.setattr("auditor.cli.fleet.import_any.carry_out", _interrupted)
            assert site.take(bundle).code == 130
        assert site.console("fleet", "run", "--resume").code == 2
        ended = site.take(bundle)
        assert (ended.code, "2 audited" in ended.out) == (1, True)
        assert site.take(bundle).code == 2

    def test_a_run_leaves_out_what_collectors_read(self, site):
        site.expect("graz-1").add()
        site.expected["here"] = (
            f"[[pbx]]\nid = 'here'\ntenant = 'other'\ntarget = '{site.folder.path}/cfg.txt'\n"
        )
        site.operate().folder.write("cfg.txt", saved(7))
        ended = site.console("fleet", "run")
        assert (ended.code, "1 audited" in ended.out) == (1, True)
        assert site.console("fleet", "run", "--only", "graz-1").code == 2

    def test_an_import_is_no_run_that_was_expected(self, site):
        site.expect("graz-1").add().has("graz-1")
        site.take(site.bundle())
        with History.open(site.folder.path / "history.db") as history:
            number = history.last_run().number
            assert history.last_run().own is None
            history.begin("me", NOW.date(), NOW, "[]", [("muster", "graz-1")])
        site.has("graz-1", saved(1, "hardened"))
        site.take(site.bundle())
        with History.open(site.folder.path / "history.db") as history:
            assert history.last_run().own.number == number + 1


def _interrupted(*_):
    raise Interruption(ExitCode.INTERRUPTED)


def snapshot_of(site, number=1):
    site.has("graz-1", saved(number))
    found = read_bundle(site.bundle(name="whole.zip"))
    return found.snapshot(found.manifest.pbxs[0])


class TestRefused:
    """Each is refused with exit code 2, for its reason, and nothing of it is recorded."""

    @pytest.fixture
    def ready(self, site):
        return site.expect("graz-1").add()

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"tenant": "other"}, "this tenant"),
            ({"collector": "wien"}, "nobody added"),
            ({"made": NOW + HOUR}, "future"),
            ({"key": new_key()}, "another key"),
            ({"gathered": [Gathered("wien-1", NOW, NOW, reason=say("x"))]}, "wien-1"),
            ({"gathered": [Gathered("graz-1", NOW - 99 * HOUR, NOW, reason=say("x"))]}, "max_age"),
            ({"gathered": [Gathered("graz-1", NOW, NOW + HOUR, reason=say("x"))]}, "future"),
        ],
    )
    def test_what_claims_too_much(self, ready, change, why):
        before = recorded(ready)
        ended = ready.take(made(ready, **change))
        assert (ended.code, recorded(ready)) == (2, before), ended.said
        assert why in ended.err

    def test_what_was_imported_before_or_is_older(self, ready):
        first, second = made(ready, sequence=7), None
        first = first.rename(ready.folder.path / "first.zip")
        second = made(ready, sequence=8)
        assert ready.take(second).code == 3
        before = recorded(ready)
        assert ready.take(second).code == 2
        assert ready.take(first).code == 2
        assert recorded(ready) == before
        assert ready.take(made(ready, sequence=9)).code == 3

    def test_a_collector_that_was_revoked(self, ready):
        bundle = made(ready)
        assert ready.console("fleet", "collector", "revoke", "graz").code == 0
        assert ready.console("fleet", "collector", "revoke", "graz").code == 6
        before = recorded(ready)
        ended = ready.take(bundle)
        assert (ended.code, "revoked" in ended.err, recorded(ready)) == (2, True, before)
        old = key_of((ready.here / "graz.key").read_text(encoding="ascii"))
        ready.add()
        assert ready.take(made(ready, key=old)).code == 2
        assert ready.take(made(ready)).code == 3

    def test_a_collector_of_another_tenant_in_the_inventory(self, site):
        site.expect("graz-1").expect("wien-1", tenant="other").add()
        ended = site.take(made(site))
        assert (ended.code, "another tenant" in ended.err) == (2, True)

    def test_an_octet_that_was_changed(self, ready):
        whole = made(ready).read_bytes()
        before = recorded(ready)
        for at in range(0, len(whole), max(1, len(whole) // 30)):
            changed = bytearray(whole)
            changed[at] ^= 0x20
            if packed(bytes(changed)) == packed(whole):
                continue  # such as the bits that fill the last octet of what is compressed
            path = ready.folder.write("changed.zip", bytes(changed))
            assert ready.take(path, "-o", "x").code == 2 if at < 4 else ready.take(path).code == 2
        assert recorded(ready) == before

    @pytest.mark.parametrize("size", [0, 4, 30, 200])
    def test_a_part_of_it(self, ready, size):
        path = ready.folder.write("part.zip", made(ready).read_bytes()[:size])
        assert ready.take(path).code == 2

    def test_a_package_of_reports_is_none(self, ready):
        path = ready.folder.write("other.zip", write_archive({"MANIFEST.json": b"{}"}))
        assert ready.take(path).code == 2

    def test_without_a_signature(self, ready, monkeypatch):
        monkeypatch.setattr(bundles, "sealed", _unsigned)
        ended = ready.take(made(ready))
        assert (ended.code, "not signed" in ended.err) == (2, True)

    @pytest.mark.parametrize(
        "names", [["../up.json"], ["snapshots/graz-1.json", "snapshots/more.json"]]
    )
    def test_files_that_nobody_named(self, ready, names, monkeypatch):
        monkeypatch.setattr(bundles, "sealed", lambda files, *rest: _with(names, files, *rest))
        with pytest.raises(InputError):
            read_bundle(made(ready))

    @pytest.mark.parametrize(
        "reason",
        [
            {"template": "{x}", "parameters": {"parts": "a"}},
            {"template": "{x}", "parameters": {"y": "a"}},
            {"template": "{x}", "plural": "{y}", "parameters": {"x": "a"}},
            {"template": "", "parameters": {"parts": []}},
            {"template": "x", "parameters": {"x": 1.5}},
            ["x"],
            "x",
            True,
        ],
    )
    def test_a_reason_that_is_no_message(self, ready, reason, monkeypatch):
        monkeypatch.setattr(bundles, "content_of", lambda _: reason)
        assert ready.take(made(ready)).code == 2

    @pytest.mark.parametrize(
        "reason",
        [
            Message(f"it {HOSTILE}"),
            say("it {what}", what=HOSTILE),
            say("it {what}", what=say("{deep}", deep=HOSTILE)),
            say("it {what}", what="x" * 100_000),
            say("it", what=HOSTILE * 1000),
        ],
    )
    def test_nothing_acts_in_why_a_pbx_was_not_read(self, ready, reason):
        ended = ready.take(made(ready, [Gathered("graz-1", NOW - HOUR, NOW, reason=reason)]))
        assert ended.code == 3
        ready.console("fleet", "page")
        pages = [one.read_text("utf-8") for one in ready.folder.path.rglob("index.html")]
        shown = json.loads(ready.status("--format", "json"))["pbxs"][0]["reason"]
        assert "could not read it: it" in shown
        for text in (shown, ended.out, ready.status(), *pages):
            assert not any(one in text for one in ("\x1b", "\u202e", "\nforged"))
        assert not any("<script>x" in text for text in pages)
        assert len(shown) < 1200
        assert max(map(len, pages)) < 100_000

    def test_a_snapshot_that_is_damaged_is_of_one_pbx(self, site):
        site.expect("graz-1").expect("graz-2").add()
        whole = snapshot_of(site)
        gathered = [
            Gathered("graz-1", NOW, NOW, whole),
            Gathered("graz-2", NOW, NOW, whole.replace(b"hot-desk-base", b"hot-desk-best")),
        ]
        ended = site.take(made(site, gathered), "--min-reached", "50")
        assert (ended.code, "unreachable: graz-2" in ended.out) == (1, True)

    def test_two_collectors_bring_one_box(self, site):
        site.expect("graz-1").expect("graz-2").add()
        whole = snapshot_of(site)
        gathered = [Gathered(one, NOW, NOW, whole) for one in ("graz-1", "graz-2")]
        ended = site.take(made(site, gathered))
        assert (ended.code, "another box: graz-2" in ended.out) == (1, True)


def _unsigned(files, manifest, _key):
    return sealing.sealed(files, manifest)


def _with(names, files, manifest, key):
    more = {**files, **dict.fromkeys(names, b"{}")}
    listed = sealing.manifest_entries(more)
    members = {
        sealing.MANIFEST: sealing.octets_of(manifest.model_copy(update={"files": listed})),
        **dict(sorted(more.items())),
    }
    del key
    with pytest.MonkeyPatch.context() as unchecked:
        unchecked.setattr(archive, "check_names", lambda _: None)
        return write_archive(members)


class TestCollecting:
    def test_nothing_secret_leaves_the_network(self, site):
        site.expect("graz-1").add().has("graz-1")
        bundle = site.bundle()
        found = read_bundle(bundle)
        content = bundle.read_bytes() + found.snapshot(found.manifest.pbxs[0])
        assert PBX_PASSWORD.encode() not in content
        assert (site.here / "graz.key").read_bytes() not in content

    def test_numbers_only_grow(self, tmp_path):
        file = sequence_file(tmp_path / "fleet.toml", "graz")
        first = next_sequence(file, NOW)
        assert first == int(NOW.timestamp())
        assert next_sequence(file, NOW - 100 * HOUR) == first + 1
        file.unlink()
        assert next_sequence(file, NOW + HOUR) > first + 1

    @pytest.mark.parametrize("text", ["", "x", "1" * 30, str((1 << 63) - 1), "9" * 19])
    def test_a_number_that_is_none_is_told(self, text, site):
        site.expect("graz-1").add().has("graz-1").collect()
        file = sequence_file(site.here / "fleet.toml", "graz")
        file.write_text(text, encoding="ascii")
        ended, _ = site.collect()
        assert (ended.code, str(file) in ended.err) == (6, True)

    @pytest.mark.parametrize(
        ("table", "why"),
        [
            ("", "collector"),
            ('[collector]\nname = "graz"\ntenant = "muster"', "key_file"),
            ('[collector]\nname = "graz"\ntenant = "x"\nkey_file = "graz.key"', "tenant"),
            ('[collector]\nname = "g z"\ntenant = "muster"\nkey_file = "graz.key"', "name"),
            ('[collector]\nname = "g"\ntenant = "muster"\nkey_env = "NOT_SET"', "key"),
            ('[collector]\nname = "g"\ntenant = "other"\nkey_file = "graz.key"', "tenant"),
            (
                '[collector]\nname = "g"\ntenant = "muster"\nkey_file = "graz.key"\npush = "ftp://x"',
                "push",
            ),
        ],
    )
    def test_what_is_wrong_is_told_before_anything_is_read(self, site, table, why):
        site.expect("graz-1").add().has("graz-1")
        site.table = table
        ended, bundle = site.collect()
        assert (ended.code, bundle.exists()) == (2, False)
        assert why in ended.err

    def test_a_key_that_others_can_read_is_refused(self, site):
        site.expect("graz-1").add().has("graz-1")
        (site.here / "graz.key").chmod(0o644)
        ended, _ = site.collect()
        assert ended.code == 2

    def test_one_at_a_time_so_that_a_later_number_was_read_later(self, site):
        site.expect("graz-1").add().has("graz-1")
        site.bundle()
        with collecting(sequence_file(site.here / "fleet.toml", "graz"), NOW):
            ended, bundle = site.collect(name="other.zip")
        assert (ended.code, bundle.exists()) == (75, False)
        assert site.collect(name="other.zip")[0].code == 0

    def test_where_it_cannot_be_written_is_told_before_anything_is_read(self, site, monkeypatch):
        site.expect("graz-1").add().has("graz-1")
        site.bundle()
        monkeypatch.setattr("auditor.fleet.scale.collecting.collect_all", None)
        folder = site.folder.path / "open"
        folder.mkdir()
        folder.chmod(0o777)
        monkeypatch.chdir(folder)
        assert site.console("fleet", "collect", site.here / "fleet.toml").code == 2

    def test_fewer_than_wanted(self, site):
        site.expect("graz-1").expect("graz-2").add().has("graz-1").has("graz-2", b"")
        ended, bundle = site.collect()
        assert (ended.code, bundle.exists()) == (3, True)
        assert "graz-2" in ended.err

    def test_only_pbxs_of_its_tenant(self, site):
        site.expect("graz-1").add().has("graz-1").has("secret", tenant="other")
        manifest = read_bundle(site.bundle()).manifest
        assert [one.id for one in manifest.pbxs] == ["graz-1"]


class TestCommands:
    def test_the_key_is_printed_once_and_kept_nowhere(self, site):
        site.expect("graz-1")
        paper = site.console("fleet", "collector", "add", "graz", "--tenant", "muster").out
        key = paper.splitlines()[-1]
        assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", key)
        kept = b"".join(one.read_bytes() for one in site.folder.path.rglob("history*"))
        assert key.encode() not in kept
        listed = site.console("fleet", "collector", "list").out
        assert "graz" in listed
        assert key not in listed

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (("add", "graz", "--tenant", "nobody"), 2),
            (("add", "../x", "--tenant", "muster"), 2),
            (("add", "GRAZ", "--tenant", "muster"), 0),
            (("revoke", "wien"), 6),
        ],
    )
    def test_what_cannot_be(self, site, arguments, code):
        site.expect("graz-1")
        assert site.console("fleet", "collector", *arguments).code == code

    def test_a_name_is_taken_once(self, site):
        site.expect("graz-1").add()
        assert site.console("fleet", "collector", "add", "graz", "--tenant", "muster").code == 6
        assert site.console("fleet", "collector", "add", "graz", "--tenant", "other").code == 6

    def test_who_is_forgotten_brings_nothing(self, site):
        site.expect("graz-1").add().has("graz-1")
        bundle = site.bundle()
        site.take(bundle)
        assert site.console("fleet", "forget", "muster", "--yes").code == 0
        assert site.console("fleet", "history", "verify").code == 0
        assert site.take(bundle).code == 2
        kept = b"".join(one.read_bytes() for one in site.folder.path.glob("history*"))
        assert b"graz" not in kept

    @pytest.mark.parametrize("keys", ['target = "x"\ncollector = "graz"', ""])
    def test_a_pbx_has_one_of_both(self, site, keys):
        site.expected["graz-1"] = f'[[pbx]]\nid = "graz-1"\ntenant = "muster"\n{keys}\n'
        site.operate()
        ended = site.console("fleet", "check")
        assert (ended.code, "collector" in ended.err) == (2, True)

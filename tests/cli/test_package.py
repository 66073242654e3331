"""The package: everything an audit wrote, whole or not, and signed by whom."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from auditor.report.formats import json as report_json
from tests.fixtures.sentences import says
from tests.report.factory import make_report, make_result


def private(key, encryption=None):
    chosen = encryption or NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, chosen)


def public(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out" / "remediation").mkdir(parents=True)
    (tmp_path / "out" / "report.json").write_bytes(report_json.render(make_report(make_result())))
    (tmp_path / "out" / "remediation" / "plan.json").write_bytes(b"{}")
    (tmp_path / "out" / ".hidden").write_bytes(b"half written")
    key = Ed25519PrivateKey.generate()
    (tmp_path / "key.pem").write_bytes(private(key))
    (tmp_path / "pub.pem").write_bytes(public(key))
    (tmp_path / "other.pem").write_bytes(public(Ed25519PrivateKey.generate()))
    return tmp_path


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in content:
            archive.writestr(name, data)
    path.write_bytes(buffer.getvalue())


def test_a_package_holds_everything_and_is_whole(console, folder):
    assert console("package", "create", "out", "-o", "a.zip").code == 0
    assert set(members("a.zip")) == {"MANIFEST.json", "report.json", "remediation/plan.json"}
    ended = console("package", "verify", "a.zip")
    assert ended.code == 0
    assert "remediation/plan.json" in ended.out
    assert says("not signed", ended.err)
    assert (folder / "a.zip").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "arguments", [("out", "-o", "b.zip"), ("-o", "b.zip", "out"), ("./out", "--output=b.zip")]
)
def test_the_file_may_be_named_in_any_way(console, arguments):
    console("package", "create", "out", "-o", "a.zip")
    assert console("package", "create", *arguments).code == 0
    assert members("a.zip") == members("b.zip")


def test_without_a_name_the_package_is_beside_the_folder(console, folder, monkeypatch):
    assert console("package", "create", "out").code == 0
    assert "report.json" in members("out.zip")
    (folder / "out.zip").unlink()
    monkeypatch.chdir(folder / "out")
    assert console("package", "create", ".").code == 0
    assert "out.zip" not in members(folder / "out.zip")


@pytest.mark.usefixtures("folder")
def test_what_is_neither_a_command_nor_a_folder_is_refused(console):
    assert console("package", "crate").code == 2
    ended = console("package", "create", "crate")
    assert ended.code == 2
    assert says("no report.json", ended.err)


def test_same_files_give_the_same_package(console, folder):
    for name in ("a.zip", "out/b.zip", "out/b.zip"):
        console("package", "create", "out", "-o", name)
    assert (folder / "a.zip").read_bytes() == (folder / "out" / "b.zip").read_bytes()


def changed(content, name, data):
    return [(one, data if one == name else old) for one, old in content.items()]


TAMPERED = {
    "changed": lambda content: changed(content, "remediation/plan.json", b"[]"),
    "missing": lambda content: [(n, d) for n, d in content.items() if n != "report.json"],
    "added": lambda content: [*content.items(), ("extra.txt", b"")],
    "leads elsewhere": lambda content: [*content.items(), ("../evil", b"")],
    "absolute": lambda content: [*content.items(), ("/etc/evil", b"")],
}


@pytest.mark.parametrize("tampering", list(TAMPERED))
def test_what_was_tampered_with_ends_with_6(console, folder, tampering):
    console("package", "create", "out", "-o", "a.zip")
    rewrite(folder / "a.zip", TAMPERED[tampering](members("a.zip")))
    assert console("package", "verify", "a.zip").code == 6


def test_a_manifest_made_to_fit_does_not_pass_the_signature(console, folder):
    console("package", "create", "out", "-o", "a.zip", "--sign", "key.pem")
    content = members("a.zip")
    manifest = json.loads(content["MANIFEST.json"])
    manifest["target"] = "another"
    rewrite(folder / "a.zip", changed(content, "MANIFEST.json", json.dumps(manifest)))
    assert console("package", "verify", "a.zip").code == 6


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("signed", "key", "code"),
    [
        (True, "pub.pem", 0),
        (True, None, 0),
        (True, "other.pem", 6),
        (False, "pub.pem", 6),
        (True, "key.pem", 2),
        (True, "nowhere.pem", 2),
    ],
)
def test_a_signature_counts_only_by_the_key_that_is_asked_for(console, signed, key, code):
    console("package", "create", "out", "-o", "a.zip", *(["--sign", "key.pem"] if signed else []))
    ended = console("package", "verify", "a.zip", *(["--key", key] if key else []))
    assert ended.code == code


def test_an_encrypted_key_takes_its_password_from_the_environment(console, folder):
    encrypted = private(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"canary-7"))
    (folder / "secret.pem").write_bytes(encrypted)
    sign = ("package", "create", "out", "-o", "a.zip", "--sign", "secret.pem")
    assert console(*sign).code == 2
    console.setenv("PBX_AUDITOR_KEY_PASSWORD", "canary-7")
    ended = console(*sign)
    assert ended.code == 0
    assert "canary-7" not in ended.out + ended.err


def test_cut_off_and_foreign_files_are_refused(console, folder):
    console("package", "create", "out", "-o", "a.zip")
    whole = (folder / "a.zip").read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        (folder / "b.zip").write_bytes(whole[:size])
        assert console("package", "verify", "b.zip").code in {2, 6}
    rewrite(folder / "b.zip", [("hello.txt", b"hello")])
    assert console("package", "verify", "b.zip").code == 2


def test_a_folder_without_report_is_refused(console, folder):
    assert console("package", "create", "out/remediation", "-o", "a.zip").code == 2
    assert not (folder / "a.zip").exists()


def test_a_place_that_cannot_be_written_ends_with_6(console, folder):
    (folder / "file").write_bytes(b"")
    assert console("package", "create", "out", "-o", "file/a.zip").code == 6

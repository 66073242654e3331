"""What is fuzzed: one function for each parser, from any bytes to nothing, or to its own error.

`make fuzz` drives them by coverage, `test_targets.py` by hypothesis. Whatever else comes out, or
does not come to an end, is a bug.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from unittest import mock

from auditor.dialects import load_dialect
from auditor.dialects.document import parsed_dialect
from auditor.errors import AuditorError
from auditor.files.json_reading import JsonError, parse_json
from auditor.files.toml_documents import parsed
from auditor.files.toml_reading import TomlError, parse_toml
from auditor.learning.leaves import read_leaves
from auditor.messages.message import content_of, loaded
from auditor.model.rule import RuleDocument
from auditor.report.branding.logos import LogoError, data_url
from auditor.report.embedded import NoReportError, report_in_page
from auditor.report.formats.saved_reports import load_baseline, load_report
from auditor.report.handover.archive import ArchiveError, read_archive, write_archive
from auditor.report.handover.package import verify
from auditor.report.text import inert, inert_json, prose, visible
from auditor.site.site_file import parse_site_file
from auditor.sources.live.journal import _SCRYPT as SCRYPT
from auditor.sources.live.journal import Journal, JournalIdentity
from auditor.sources.live.soap_envelope import EnvelopeError, parse_answer, read_request
from auditor.sources.parse.certificate import CertificateFormatError, read_certificate
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.shapes import ShapeReader
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.parse.xml import XmlError, parse_fragments, parse_xml
from auditor.sources.recognise import could_be_evidence
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import load_snapshot
from auditor.values.firmware_labels import read_firmware
from auditor.values.patterns import (
    MAX_NAME,
    check_pattern,
    check_search,
    compile_pattern,
    found_in,
    matches,
)
from auditor.waivers.waiver_file import parse_waivers
from tests.benchmarks.generate import lines
from tests.fixtures.pbx import EVIDENCE, ROOT, configuration_of, site_of

Target = Callable[[bytes], None]
PLACE: Final = Path("fuzzed")
DIALECTS: Final = [load_dialect("documented"), load_dialect("simulated")]
FOLDER: Final = Path(tempfile.mkdtemp(prefix="pbx-auditor-fuzz-"))
# More lines than are read before the shapes of the first ones are known.
SHAPED: Final = [f"{line}\r\n".encode() for line in lines(20)]
TARGETS: Final[dict[str, Target]] = {}
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def target(*expected: type[Exception]) -> Callable[[Target], Target]:
    """Register a function under its name, which may raise the expected errors only."""

    def register(function: Target) -> Target:
        def run(data: bytes) -> None:
            with contextlib.suppress(*expected):
                function(data)

        TARGETS[function.__name__] = run
        return function

    return register


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def file_of(data: bytes, name: str) -> Path:
    path = FOLDER / name
    path.write_bytes(data)
    return path


@target(JsonError)
def json_text(data: bytes) -> None:
    json.dumps(parse_json(data), ensure_ascii=False).encode()


@target(JsonError)
def json_evidence(data: bytes) -> None:
    json.dumps(parse_json(data, mended=True), ensure_ascii=False).encode()


@target(TomlError, UnicodeDecodeError)
def toml_text(data: bytes) -> None:
    parse_toml(data.decode())


@target(AuditorError)
def site_file(data: bytes) -> None:
    parse_site_file(data.decode("utf-8", "replace"), PLACE)


@target(AuditorError)
def waiver_file(data: bytes) -> None:
    parse_waivers(PLACE, data.decode("utf-8", "replace"))


@target(AuditorError)
def rule_document(data: bytes) -> None:
    parsed(data, PLACE, RuleDocument)


@target(AuditorError)
def dialect(data: bytes) -> None:
    parsed_dialect(data, PLACE)


@target(AuditorError)
def configuration(data: bytes) -> None:
    size = data[0] + 1 if data else 1
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    read_configuration(blocks, "cfg.txt", DIALECTS[len(data) % 2])


@target(AuditorError)
def configuration_of_shapes(data: bytes) -> None:
    """Read lines twice: the second one is of the shape of the first, or read carefully as well."""
    known = b"".join(SHAPED)
    content = known + data + b"\n" + known + data
    found = read_configuration([content], "cfg.txt", DIALECTS[1])
    with (
        mock.patch.object(ShapeReader, "learn", return_value=None),
        mock.patch.object(ShapeReader, "find", return_value=None),
    ):
        assert found == read_configuration([content], "cfg.txt", DIALECTS[1])


@target(AuditorError)
def export(data: bytes) -> None:
    read_export(data, "pbx.xml", DIALECTS[len(data) % 2])


@target(AuditorError)
def table_users(data: bytes) -> None:
    read_table_users(data, "users.json", DIALECTS[0])


@target(AuditorError)
def evidence(data: bytes) -> None:
    read_files(file_of(data, "evidence"), site_of(), None)


@target()
def recognised(data: bytes) -> None:
    could_be_evidence(data[at : at + 64] for at in range(0, len(data), 64))


@target(AuditorError)
def leaves(data: bytes) -> None:
    read_leaves([data[at : at + 50] for at in range(0, len(data), 50)], "cfg.txt")


@target(XmlError)
def xml(data: bytes) -> None:
    parse_xml(data, keep_text=True)


@target()
def xml_fragments(data: bytes) -> None:
    parts = data.decode("utf-8", "replace").split("\n")
    assert len(parse_fragments(parts)) == len(parts)


@target(AuditorError, EnvelopeError)
def soap_answer(data: bytes) -> None:
    parse_answer(data, "FindUser")


@target(EnvelopeError)
def soap_request(data: bytes) -> None:
    read_request(data)


@target(CertificateFormatError)
def certificate(data: bytes) -> None:
    read_certificate(data)


@target(AuditorError)
def snapshot(data: bytes) -> None:
    load_snapshot(file_of(data, "snapshot.json"))


@target(AuditorError)
def report(data: bytes) -> None:
    load_report(file_of(data, "report.json"))


@target(AuditorError)
def baseline(data: bytes) -> None:
    load_baseline(file_of(data, "baseline.json"))


@target(NoReportError)
def page(data: bytes) -> None:
    report_in_page(data)


@target()
def journal(data: bytes) -> None:
    with mock.patch.dict(SCRYPT, n=2):  # the key is made slowly, and is not what is fuzzed
        Journal(file_of(data, "journal"), JournalIdentity("https://pbx", "0", "0"), "password")


@target(ArchiveError)
def archive(data: bytes) -> None:
    members = read_archive(data, ["MANIFEST.json"])
    written = write_archive({one.path: b"" for one in members})
    assert [one.path for one in read_archive(written, [])] == [one.path for one in members]


@target(AuditorError)
def package(data: bytes) -> None:
    verify(data, "package.zip")


@target(LogoError)
def logo(data: bytes) -> None:
    data_url(data)


@target(ValueError)
def pattern(data: bytes) -> None:
    one, _, name = text_of(data).partition("\n")
    found_in(check_search(one), name)
    matches(compile_pattern(check_pattern(one)), name[:MAX_NAME])


@target()
def said(data: bytes) -> None:
    try:
        found = loaded(parse_json(data))
    except ValueError:
        return
    assert loaded(content_of(found)) == found


@target()
def shown(data: bytes) -> None:
    text = text_of(data)
    for made in (inert(text), visible(text), prose(text)):
        assert made.replace("\n", "").replace("\x1b", "").isprintable()
    assert json.loads(inert_json(json.dumps(text))) == text


@target()
def firmware(data: bytes) -> None:
    read_firmware(text_of(data))


def seeds() -> Iterator[bytes]:
    """Yield good documents of every kind, to begin with."""
    yield from (path.read_bytes() for path in sorted(EVIDENCE.iterdir()))
    yield configuration_of()[:6000]
    yield min((ROOT / "rules").rglob("HD-*.toml")).read_bytes()
    yield (ROOT / "auditor/simulator/configs/insecure.site.toml").read_bytes()
    yield (ROOT / "auditor/dialects/simulated.toml").read_bytes()
    yield write_archive({"MANIFEST.json": b'{"files": []}', "report.json": b"{}"})
    yield b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
    yield b"^[1-3][0-9]{2}$\n123"
    yield b"::error::##[group]\r\x1b[31m##vso[task]"
    yield b'{"pbx-auditor-snapshot":{"schema_version":"1.1","objects":[]}}'
    yield b'[[waivers]]\nrule = "HD-01"\nname = "lobby.*"\n'

"""Damage to whole files, and files added beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from tests.conservation.evidence import Evidence

Files = Mapping[str, bytes]
_OVERREACH = (
    b"config change PBX0 /sim-regs-without-pwd 0\r\n"
    b"config change UP1 /url https%3A%2F%2Fap.example.com%2Fupdate /no-dhcp\r\n"
    b"config change SIM-LDAP0 /sim-guest-password zAq8-vLm2.Zr5 /sim-force-tls\r\n"
    b"config change SIM-LOG0 /sim-administration /sim-forward-server 10.20.0.30\r\n"
)
_STRONG = b"config add PHONE SIG /h323 hot-desk-base /gk-pwd zAq8-vLm2.Zr5+Wk9xY\r\n"
_PAGE = b"<html><body>It works!</body></html>\n"


@dataclass(frozen=True, slots=True)
class FileOperator:
    """Damage to the files of some evidence: the changed files, or None."""

    name: str
    change: Callable[[Random, Evidence, str], Files | None]
    whole: bool = False


def _without(_: Random, evidence: Evidence, name: str) -> Files | None:
    kept = {known: content for known, content in evidence.files.items() if known != name}
    return kept or None


def _content(make: Callable[[bytes], bytes]) -> Callable[[Random, Evidence, str], Files | None]:
    def change(_: Random, evidence: Evidence, name: str) -> Files | None:
        after = make(evidence.files[name])
        return None if after == evidence.files[name] else {**evidence.files, name: after}

    return change


def _named(rename: Callable[[str], str]) -> Callable[[Random, Evidence, str], Files | None]:
    def change(_: Random, evidence: Evidence, name: str) -> Files | None:
        return {rename(k) if k == name else k: v for k, v in evidence.files.items()}

    return change


def _beside(name: str, content: bytes) -> Callable[[Random, Evidence, str], Files | None]:
    return lambda _chance, evidence, _name: {**evidence.files, name: content}


def _sound(name: str) -> Callable[[Random, Evidence, str], Files | None]:
    """Put the file of the PBX without the defect beside the other one."""

    def change(_: Random, evidence: Evidence, which: str) -> Files | None:
        if which not in evidence.sound or evidence.sound[which] == evidence.files[which]:
            return None
        folder, _dot, ending = which.rpartition(".")
        return {**evidence.files, name.format(folder=folder, ending=ending): evidence.sound[which]}

    return change


def _joined(*, before: bool) -> Callable[[Random, Evidence, str], Files | None]:
    """Write the file of the PBX without the defect into the same file."""

    def change(_: Random, evidence: Evidence, which: str) -> Files | None:
        other = evidence.sound.get(which)
        if other is None or other == evidence.files[which]:
            return None
        both = (other, evidence.files[which]) if before else (evidence.files[which], other)
        return {**evidence.files, which: b"".join(both)}

    return change


def _lines_of(ending: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(b"\r\n", ending)


OPERATORS = (
    FileOperator("delete the file", _without, whole=True),
    FileOperator("empty the file", _content(lambda _: b"")),
    FileOperator("blank file", _content(lambda _: b" \r\n\r\n")),
    FileOperator("a page instead", _content(lambda _: _PAGE)),
    FileOperator("a comment instead", _content(lambda _: b"# nothing\r\n")),
    FileOperator("an unknown command instead", _content(lambda _: b"frobnicate 1\r\n")),
    FileOperator("first half", _content(lambda content: content[: len(content) // 2])),
    FileOperator("second half", _content(lambda content: content[len(content) // 2 :])),
    FileOperator("LF", _content(_lines_of(b"\n"))),
    FileOperator("CR", _content(_lines_of(b"\r"))),
    FileOperator("CR CR LF", _content(_lines_of(b"\r\r\n"))),
    FileOperator("one line", _content(_lines_of(b" "))),
    FileOperator("no line ends", _content(_lines_of(b""))),
    FileOperator("without last newline", _content(lambda content: content.rstrip())),
    FileOperator("as Latin-1", _content(lambda c: c.decode().encode("latin-1", "replace"))),
    FileOperator("as UTF-16", _content(lambda content: content.decode().encode("utf-16"))),
    FileOperator("a BOM before it", _content(lambda content: b"\xef\xbb\xbf" + content)),
    FileOperator("a NUL behind it", _content(lambda content: content + b"\0")),
    FileOperator("its content twice", _content(lambda content: content + content)),
    FileOperator("upper case", _content(lambda c: c.decode().upper().encode())),
    FileOperator("other ending", _named(lambda name: f"{name.rpartition('.')[0]}.bak")),
    FileOperator("no ending", _named(lambda name: name.rpartition(".")[0])),
    FileOperator("upper name", _named(str.upper)),
    FileOperator("in a folder", _named(lambda name: f"old/2019/{name}")),
    FileOperator("named as a standard configuration", _named(lambda _: "cfg-standard.txt")),
    FileOperator("an empty file beside it", _beside("empty.txt", b"")),
    FileOperator("a page beside it", _beside("page.xml", _PAGE)),
    FileOperator("a note beside it", _beside("note.txt", b"hello\n")),
    FileOperator("a script that states settings", _beside("script.txt", _OVERREACH)),
    FileOperator("a script with a strong password", _beside("phones-new.txt", _STRONG)),
    FileOperator("the sound one beside it", _sound("{folder}-new.{ending}")),
    FileOperator("the sound one before it", _sound("a-{folder}.{ending}")),
    FileOperator("the sound one in a folder", _sound("new/{folder}.{ending}")),
    FileOperator("the sound one written before it", _joined(before=True)),
    FileOperator("the sound one written behind it", _joined(before=False)),
)

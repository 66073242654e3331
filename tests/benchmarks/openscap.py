"""What OpenSCAP takes to look for eight regular expressions in the same text, if it is installed.

It is the mark because it is the auditor that people know: an OVAL document with eight tests of
lines in a text, of the kinds that the rules of the tutorial ask for.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

PROGRAM: Final = "oscap"
_PATTERNS: Final = (
    r"^config change RELAY0 SIP2 /disabled\r?$",
    r"^config change PBX0 .*/sim-regs-without-pwd 0\r?$",
    r"^vars create UPDATE/CHECK p 1\r?$",
    r'h323=hot-desk-base\).*hide="true"',
    r'<device hw="[^"]*" [^>]*no-filter="true"',
    r'<device hw="[^"]*" [^>]*trusted="true"',
    r'<filter name="intern">.*next="nok"',
    r'<sim-ip-filter>.*mask="255\.255\.0\.0"',
)
_OVAL: Final = "http://oval.mitre.org/XMLSchema/oval-definitions-5"
_HEAD: Final = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<oval_definitions xmlns="{_OVAL}" xmlns:i="{_OVAL}#independent"
  xmlns:o="http://oval.mitre.org/XMLSchema/oval-common-5">
<generator><o:schema_version>5.11</o:schema_version>
<o:timestamp>2026-01-01T00:00:00</o:timestamp></generator>
"""
_DEFINITION: Final = """\
<definition id="oval:bench:def:{n}" version="1" class="compliance">
<metadata><title>Test {n}</title><description>Test {n}</description></metadata>
<criteria><criterion test_ref="oval:bench:tst:{n}"/></criteria></definition>
"""
_TEST: Final = """\
<i:textfilecontent54_test id="oval:bench:tst:{n}" version="1" check="all" comment="Test {n}">
<i:object object_ref="oval:bench:obj:{n}"/></i:textfilecontent54_test>
"""
_OBJECT: Final = """\
<i:textfilecontent54_object id="oval:bench:obj:{n}" version="1">
<i:filepath>{path}</i:filepath><i:pattern operation="pattern match">{pattern}</i:pattern>
<i:instance datatype="int" operation="greater than or equal">1</i:instance>
</i:textfilecontent54_object>
"""


def command(configuration: Path, folder: Path) -> list[str]:
    """Return the command that tests a configuration, none if OpenSCAP is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        return []
    document, results = folder / "oval.xml", folder / "results.xml"
    document.write_text(_document(configuration), encoding="utf-8")
    return [program, "oval", "eval", "--results", str(results), str(document)]


def _document(configuration: Path) -> str:
    numbered = list(enumerate(_PATTERNS, 1))
    path = escape(str(configuration))
    objects = (_OBJECT.format(n=n, path=path, pattern=escape(one)) for n, one in numbered)
    sections = {
        "definitions": (_DEFINITION.format(n=n) for n, _ in numbered),
        "tests": (_TEST.format(n=n) for n, _ in numbered),
        "objects": objects,
    }
    body = "".join(f"<{name}>\n{''.join(parts)}</{name}>\n" for name, parts in sections.items())
    return f"{_HEAD}{body}</oval_definitions>\n"

"""What changes by itself changes no digest, and never a verdict; all else is a change."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.dialects import load_dialect
from auditor.fleet.drift.content import content_digest
from auditor.model.vocabulary import Grade
from auditor.simulator import responses
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.lasting import Lasting
from auditor.sources.saved_evidence import read_files
from auditor.volatile import LineDrift, VolatileLine, volatile_lines
from tests.fixtures.pbx import configuration_of, judge, simulated, site_of, write

NOISE = (
    "vars create UPDATE/CHECK p 7",
    "vars create UPDATE/POLL p ",
    "vars create TLS0/TICKET/00000 pb 0a0b",
    "mod cmd FLASHDIR0 add-item 104 (cn=Anna)(type=call)(info=n7)",
)
# What is like noise, and is none: each could be read, or nobody knows what it is.
COUNTS = (
    "vars create UPDATE/PWD pc 0011223344556677",
    "vars create UPDATE/X p /gk-pwd secret",
    "vars create UPDATEX/CHECK p 7",
    "vars create TLS0/CERT/0 pb 0a",
    "vars create LEASE/0 p 1",
    " vars create UPDATE/CHECK p 7",
    "vars create UPDATE/CHECK p 7 config change PBX0 /x 1",
    "vars create UPDATE/CHECK p k\u00f6ln",
    "vars create UPDATE/CHECK p \x01",
    "config change UP1 /poll 7",
    "config add UP1 /no-dhcp",
    "mod cmd FLASHDIR0 add-item 101 (cn=Anna)(type=call)(info=n7)",
    "mod cmd FLASHDIR0 add-item 104 (cn=Anna)(type=call)(info=n7)(pbx=<user/>)",
    "mod cmd FLASHDIR0 add-item 104 (cn=Anna)(info=n7)(type=call)",
    "mod cmd FLASHDIR0 del-item 104 (cn=Anna)(type=call)(info=n7)",
    "# a comment",
    "something",
)
HEAD = (
    "vars check 00",
    "# 13r3 service-release-02 IP411[13.5202], Bootcode[135202], HW[304]",
    "# IP411-00-00-01",
)
REST = (
    "config change PBX0 /sim-regs-without-pwd 0",
    "vars create CMD0/AUTH pc 0011223344556677",
    'mod cmd FLASHDIR0 add-item 101 (cn=A)(h323=a)(pbx=<user><pseudo type="loc"/></user>)',
    "mod cmd FLASHDIR0 add-item 101 (cn=_ADMIN_)(h323=pbx-admin)(pbx=<user/>)",
)
INFERRED = VolatileLine(
    id="inferred",
    what="any variable at all",
    begins="vars create ",
    drift=LineDrift.NOISE,
    grade=Grade.INFERRED,
    source="nobody",
    reference="nothing",
)
ANY_ITEM = replace(INFERRED, id="items", begins="mod cmd FLASHDIR0 add-item ", contains=())


def written(lines, end="\r\n", *, last=True):
    text = end.join(lines) + (end if last else "")
    return text.encode("utf-8", "surrogateescape")


def lasting(content, known=None, size=None):
    found = Lasting(known)
    for at in range(0, len(content), size or len(content) or 1):
        found.feed(content[at : at + (size or len(content))])
    return found.digest()


def said(content):
    """Return what is read of a configuration, but for names, lines and counts."""
    site = site_of()
    reading = read_configuration([content], "cfg.txt", load_dialect(site.target.dialect))
    bare = [one._replace(line=0) for one in reading.objects]
    gaps = sorted((gap.area, gap.reason.template if gap.reason else "") for gap in reading.gaps)
    return (
        *(bare, reading.secrets, reading.scripted and len(reading.scripted), gaps),
        *({name: one.values for name, one in reading.settings.items()}, reading.box),
        *(reading.open_ends, reading.open_settings, reading.factory_encrypted),
        *(reading.admin_seen, [one.name for one in reading.filters], reading.states_settings),
    )


def with_lines(lines, places):
    """Return lines with others put in at places."""
    found = list(lines)
    for place, line in places:
        found.insert(place % (len(found) + 1), line)
    return found


anywhere = st.integers(0, 40)
noise = st.lists(st.tuples(anywhere, st.sampled_from(NOISE)), max_size=6)
others = st.lists(st.tuples(anywhere, st.sampled_from((*COUNTS, *REST))), max_size=4)


class TestNoise:
    @pytest.mark.parametrize("line", NOISE)
    @pytest.mark.parametrize("place", range(3, 8))
    def test_changes_no_digest(self, line, place):
        lines = [*HEAD, *REST]
        content = written([*lines[:place], line, *lines[place:]])
        if place > 4 or not line.startswith(("vars", "mod")):
            assert lasting(content) == lasting(written(lines))
        other = written([*lines[:place], line.replace("7", "8"), *lines[place:]])
        assert lasting(content) == lasting(other)

    @pytest.mark.parametrize("line", COUNTS)
    def test_all_else_is_a_change(self, line):
        lines = [*HEAD, *REST]
        assert lasting(written([*lines, line, lines[-1]])) != lasting(written([*lines, lines[-1]]))

    @pytest.mark.parametrize("head", [(), HEAD[:1], HEAD[1:], (*HEAD[:1], "# none")])
    def test_only_in_the_whole_configuration_of_a_box(self, head):
        lines = [*head, *REST]
        assert lasting(written([*lines, NOISE[0]])) != lasting(written(lines))

    def test_a_line_that_is_continued_counts(self):
        lines = [*HEAD, *REST, NOISE[0], " /gk-pwd x"]
        other = [*HEAD, *REST, NOISE[0].replace("7", "8"), " /gk-pwd x"]
        assert lasting(written(lines)) != lasting(written(other))

    def test_without_any_noise_it_is_the_digest_of_all(self):
        content = written([*HEAD, *REST])
        assert lasting(content) == hashlib.sha256(content).hexdigest()

    def test_that_it_alone_shows_the_end_of_settings_counts(self):
        lines = [*HEAD, REST[0]]
        assert lasting(written([*lines, NOISE[0]])) != lasting(written(lines))

    @given(noise, others, st.sampled_from(("\r\n", "\n")), st.integers(1, 5000))
    def test_pieces_make_no_difference(self, places, more, end, size):
        content = written(with_lines(with_lines([*HEAD, *REST], more), places), end)
        assert lasting(content, size=size) == lasting(content)


class TestNothingIsHidden:
    """Two files with one digest say the same, whatever the list holds and whatever its grades."""

    @given(
        noise, noise, others, st.sampled_from(("", "cut")), st.sampled_from(("listed", "inferred"))
    )
    @example([(3, NOISE[0])], [], [], "", "listed")
    @example([(9, NOISE[3])], [], [(3, "something")], "", "listed")
    @example([(9, COUNTS[0])], [(9, COUNTS[0].replace("00", "11"))], [], "", "inferred")
    @example([(4, NOISE[0])], [], [(4, REST[0])] * 4, "", "inferred")
    def test_of_what_is_read(self, first, second, more, end, which):
        known = volatile_lines() if which == "listed" else (INFERRED, ANY_ITEM)
        base = with_lines([*HEAD, *REST], more)
        one, other = (written(with_lines(base, some), last=not end) for some in (first, second))
        if lasting(one, known) == lasting(other, known):
            assert said(one) == said(other)

    @pytest.mark.slow
    @settings(max_examples=8)
    @given(st.lists(st.tuples(st.integers(5, 60), st.sampled_from(NOISE)), min_size=1, max_size=8))
    def test_of_any_verdict(self, tmp_path_factory, places):
        site = site_of()
        lines = configuration_of().decode().split("\r\n")[:-1]
        plain, noisy = written(lines), written(with_lines(lines, places))
        assert lasting(plain) == lasting(noisy)
        verdicts, contents = [], []
        for content in (plain, noisy):
            folder = write(tmp_path_factory.mktemp("x"), {"cfg.txt": content})
            snapshot = read_files(folder, site, None)
            contents.append((content_digest(snapshot), snapshot.sources[0].content))
            outcome = judge(snapshot, site, profile="strict")
            verdicts.append([(one.rule.id, one.status) for one in outcome.results])
        assert verdicts[0] == verdicts[1]
        assert contents[0] == contents[1]


def test_two_downloads_of_a_pbx_differ_in_noise_and_in_what_counts(tmp_path):
    first, second = (responses.configuration(simulated(), number) for number in (1, 2))
    line = b"config change UP1"
    assert lasting(first) != lasting(second)
    one, other = (
        b"".join(part for part in text.splitlines(keepends=True) if not part.startswith(line))
        for text in (first, second)
    )
    assert one != other
    assert lasting(one) == lasting(other)
    snapshots = [
        read_files(write(tmp_path / str(number), {"cfg.txt": text}), site_of(), None)
        for number, text in enumerate((first, second))
    ]
    assert content_digest(snapshots[0]) == content_digest(snapshots[1])


def test_a_line_number_in_a_reason_is_no_content(tmp_path):
    lines = [*HEAD, *REST, "mod cmd FLASHDIR0 add-item 101 (cn=B", REST[-1]]
    contents = set()
    for number, more in enumerate(((), NOISE, NOISE * 2)):
        text = written([*lines[:5], *more, *lines[5:]])
        snapshot = read_files(write(tmp_path / str(number), {"cfg.txt": text}), site_of(), None)
        assert snapshot.gaps
        contents.add(content_digest(snapshot))
    assert len(contents) == 1

"""What is read by its shape is what the careful reader makes of it, and of nothing else."""

from __future__ import annotations

import gc
import re
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.dialects import load_dialect
from auditor.errors import SourceError
from auditor.simulator.responses import configuration
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.sources.parse import item_lines, shapes
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.shapes import ShapeReader
from tests.benchmarks.generate import lines
from tests.conservation.evidence import evidence_of
from tests.conservation.mutations import mutation
from tests.conservation.systems import names_of_systems

DAMAGED = 6
DIALECT = load_dialect("simulated")
ITEM = "mod cmd FLASHDIR0 add-item 101 "
USER = (
    f"{ITEM}(cn=Anna Abel)(guid=00ff)(h323=a.abel)(e164=301)(node=root)(loc=master)"
    '(pbx=<user dn="Anna Abel" config="Config User" pwd="28f36a152d28b2c52e0e867856e5d3e26b4a91d6">'
    '<device hw="009033000001" text="IP222" tls="true"/><grp name="Einkauf" mode="active"/></user>)'
)
OTHER = USER.replace("Anna", "Änne").replace("00ff", "00fe").replace("28f3", "11f3")


def read(content: bytes, *, at_once: int = 1, before=(), dialect=DIALECT):
    """Return what a configuration says, or why it is none, and how many lines were of a shape.

    `before` are the shapes that were learned before, which are added to.
    """
    counted = 0
    find = ShapeReader.find

    def count(*arguments):
        nonlocal counted
        found = find(*arguments)
        counted += found is not None
        return found

    with (
        mock.patch.object(item_lines, "_AT_ONCE", at_once),
        mock.patch.object(ShapeReader, "find", count),
        mock.patch.object(shapes, "_LAST", before if isinstance(before, list) else []),
    ):
        try:
            return read_configuration([content], "cfg.txt", dialect), counted
        except SourceError as error:
            return str(error), counted


def read_carefully(content: bytes):
    with mock.patch.object(ShapeReader, "learn", return_value=None):
        found, counted = read(content)
    assert not counted
    return found


def assert_alike(content: bytes, before=()) -> int:
    found, counted = read(content, before=before)
    assert found == read_carefully(content)
    return counted


def document(*texts: str) -> bytes:
    return "".join(f"{text}\r\n" for text in texts).encode()


@pytest.mark.parametrize(
    "line",
    [
        OTHER,
        OTHER.replace("a.abel", ""),
        OTHER.replace("cn=Änne Abel", "cn=<Änne & 'Abel'>"),
        OTHER.replace("009033000001", "a.abel"),
        OTHER.replace('dn="Änne Abel"', 'dn="O\'Neill > (x) [y]"'),
        OTHER.replace("Einkauf", "(type="),
    ],
)
def test_a_line_that_is_like_another_is_read_by_its_shape(line):
    assert assert_alike(document(USER, line)) == 1


OTHERS = {
    "another value": OTHER.replace("Config User", "Config Technik"),
    "another flag": OTHER.replace('tls="true"', 'tls="false"'),
    "a flag more": OTHER.replace('tls="true"', 'tls="true" no-filter="true"'),
    "another order": OTHER.replace('text="IP222" tls="true"', 'tls="true" text="IP222"'),
    "another order of fields": OTHER.replace("(node=root)(loc=master)", "(loc=master)(node=root)"),
    "another node": OTHER.replace("node=root", "node=berlin"),
    "a field more": OTHER.replace("(node=root)", "(node=root)(usn=7)"),
    "a field that nobody knows": OTHER.replace("(node=root)", "(node=root)(odd=7)"),
    "a field twice": OTHER.replace("(node=root)", "(node=root)(cn=Änne Abel)"),
    "a field less": OTHER.replace("(e164=301)", ""),
    "an attribute twice": OTHER.replace(' tls="true"', ' tls="true" tls="true"'),
    "a number nobody dials": OTHER.replace("e164=301", "e164=3O1"),
    "the PBX's own object": OTHER.replace("cn=Änne Abel", "cn=_ADMIN_"),
    "no password": re.sub(' pwd="[0-9a-f]*"', "", OTHER),
    "an empty password": re.sub(' pwd="[0-9a-f]*"', ' pwd=""', OTHER),
    "two passwords": OTHER.replace(" pwd=", ' pwdx="aa" pwd='),
    "an entity": OTHER.replace('dn="Änne', 'dn="&amp;nne'),
    "an entity nobody declared": OTHER.replace('dn="Änne', 'dn="&auml;nne'),
    "a character by its number": OTHER.replace("009033000001", "&#48;09033000001"),
    "a tab": OTHER.replace('dn="Änne ', 'dn="Änne\t'),
    "a tab in a field": OTHER.replace("cn=Änne ", "cn=Änne\t"),
    "a control character": OTHER.replace("009033000001", "009033\x01000001"),
    "a carriage return": OTHER.replace('text="IP', 'text="\rIP').replace("00fe", "00fe\r"),
    "no character": OTHER.replace('dn="Änne', 'dn="\uffffnne'),
    "an angle": OTHER.replace('dn="Änne', 'dn="<nne'),
    "single quotes": OTHER.replace('tls="true"', "tls='true'"),
    "a single quote at the end": OTHER.replace('tls="true"', "tls=\"true'"),
    "quotes in single quotes": OTHER.replace('tls="true"', "tls='\"true\"'"),
    "quotes in a field": OTHER.replace("cn=Änne Abel", 'cn="Änne" Abel'),
    "a quote in a field": OTHER.replace("cn=Änne Abel", 'cn=Änne" Abel'),
    "a comment": OTHER.replace("<grp", "<!-- x --><grp"),
    "a comment with elements": OTHER.replace("<grp", '<!--<device hw="1" trusted="true"/>--><grp'),
    "character data": OTHER.replace("<grp", "<![CDATA[x]]><grp"),
    "an instruction": OTHER.replace("<grp", '<?x y="z"?><grp'),
    "a document type": OTHER.replace("<user", "<!DOCTYPE user><user"),
    "text": OTHER.replace("<grp", "x<grp"),
    "text with quotes": OTHER.replace("<grp", '"x"<grp'),
    "a namespace": OTHER.replace("<user", '<user xmlns="x"'),
    "a prefix": OTHER.replace(" tls=", " x:tls="),
    "blanks": OTHER.replace("><grp", "> <grp"),
    "blanks around a value": OTHER.replace('tls="', 'tls = "'),
    "a blank in a value": OTHER.replace('tls="true"', 'tls=" true"'),
    "another case": OTHER.replace(' tls="', ' TLS="'),
    "a part inside of another": OTHER.replace(
        'mode="active"/>', 'mode="active"><device hw="1" trusted="true"/></grp>'
    ),
    "an element not closed": OTHER.replace("</user>", ""),
    "another element": OTHER.replace("</user>", "</usr>"),
    "two elements": OTHER.replace("</user>)", '</user>)(pbx=<user dn="x"/>)'),
    "two roots": OTHER.replace("</user>)", '</user><user dn="x"/>)'),
    "something behind it": f"{OTHER}x",
    "something before it": OTHER.replace("(cn=", "x(cn="),
    "something between fields": OTHER.replace(")(node", ")x(node"),
    "a parenthesis in a field": OTHER.replace("cn=Änne", "cn=Än(ne"),
    "a field inside of a field": OTHER.replace("cn=Änne", "cn=Än(h323=x"),
    "markup inside of a field": OTHER.replace("cn=Änne", 'cn=Än(pbx=<user dn="x"/>'),
    "a parenthesis that ends a field": OTHER.replace("cn=Änne", "cn=Än)ne"),
    "a field inside of a value": OTHER.replace('dn="Änne', 'dn="x)(dn=y'),
    "a thousand fields inside of a value": OTHER.replace('dn="Änne', f'dn="{")(a=" * 1001}'),
    "a very long value": OTHER.replace('dn="Änne', f'dn="{"ä" * 100_000}'),
    "cut off": OTHER[:-20],
    "cut off in a value": OTHER[: OTHER.index("IP222")],
    "cut off in its last value": f'{OTHER[: OTHER.index("<device")]}</user x="/></user>)',
    "without its last parenthesis": OTHER[:-1],
    "goes on in the next line": OTHER.replace("<grp", "\r\n <grp"),
    "a hardware id less": OTHER.replace(' hw="009033000001"', ""),
    "a name inside": OTHER.replace("<user ", '<user cn="x" '),
    "a value of a part that is not looked at": OTHER.replace("active", "passive"),
}


@pytest.mark.parametrize("line", OTHERS.values(), ids=OTHERS)
def test_a_line_is_read_alike_whatever_it_is(line):
    assert_alike(document(USER, line))
    assert_alike(document(line, USER, line, OTHER))
    assert_alike(document(USER, line).removesuffix(b"\r\n"))


@pytest.mark.parametrize(
    "last", ["/>)", '/>)"', '""/>)', '"x/>)', '"" y="x"/>)', '" (pbx="/>)', "'/>)"]
)
def test_a_last_value_that_is_not_closed_is_no_shape(last):
    """What stands between quotes is counted: one more or one less is another text."""
    alone = f'{ITEM}(cn=A)(guid=1)(h323=a)(pbx=<user dn="A" config="x"/>)'
    assert_alike(document(alone, alone.replace('x"/>)', last), f'{alone[:-4]}x" text="{last}'))
    assert_alike(document(alone.replace(' config="x"', ""), alone.replace('x"/>)', last)))


@pytest.mark.parametrize("end", ["", "\n", ")", "\r", ">)"])
def test_a_line_that_may_be_cut_is_no_whole_one(end):
    assert_alike(document(USER, OTHER, USER.replace("00ff", "0f00")) + (OTHER + end).encode())


@pytest.mark.parametrize("bad", [b"\xff", b"\xed\xa0\x80", b"\xc3", b"\xef\xbf\xbf"])
@pytest.mark.parametrize("place", [b"\xc3\x84nne", b"009033000001", b"Einkauf", b"IP222"])
def test_bytes_that_are_no_text_are_read_alike(bad, place):
    content = document(USER, OTHER)
    at = content.rindex(place)
    assert_alike(content[:at] + bad + content[at:])


@pytest.mark.parametrize("name", names_of_systems())
def test_every_system_is_read_alike(name):
    for file in evidence_of(name, "configuration").files.values():
        assert_alike(file)


@pytest.mark.soak
@pytest.mark.parametrize("name", names_of_systems())
def test_every_system_is_read_alike_when_it_is_damaged(name):
    learned: list = []
    for number in range(DAMAGED):
        damaged = mutation(name, number)
        for file in damaged.files.values() if damaged is not None else ():
            assert_alike(file)
            assert_alike(file, learned)


def test_most_users_of_a_pbx_are_read_by_their_shape():
    pbx = SimulatedPbx.create("hardened", seed=1, users=100)
    _, counted = read(configuration(pbx, 1))
    assert counted > len(pbx.objects) / 2
    assert assert_alike(document(*lines(150))) > 100


PIECES = st.sampled_from(
    [
        *("'", '"', "&", "<", ">", "/", "=", "(", ")", ")(", "(pbx=", " ", "\t", "\x0b", "\u2028"),
        *("</user>", "<user>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&amp;", "&#x22;"),
        *('" tls="', ' trusted="true"', '"/>', '<device hw="1"/>', ' xmlns="', "x:", "\ufffe", ""),
        *("_ADMIN_", ' pwdx="00"', ' no-filter="true"', '<cd type="cfu"><ep e164="0"/></cd>', "\r"),
    ]
)


@st.composite
def damaged_lines(draw):
    line = draw(st.sampled_from([USER, OTHER, OTHERS["a flag more"], OTHERS["blanks"]]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(len(ITEM), len(line)))
        end = draw(st.integers(start, min(len(line), start + draw(st.sampled_from([0, 1, 30])))))
        piece = draw(st.one_of(PIECES, st.text(max_size=3), st.just(line[start - 20 : start])))
        line = line[:start] + piece + line[end:]
    return line


@pytest.mark.slow
@given(st.lists(damaged_lines(), min_size=1, max_size=4))
def test_whatever_is_damaged_is_read_alike(damaged):
    text = "\n".join([USER, *damaged, OTHER, *damaged, OTHERS["blanks"], *damaged])
    learned: list = []
    assert_alike(text.encode(errors="surrogatepass"), learned)
    for line in damaged:
        assert_alike(line.encode(errors="surrogatepass"), learned)


def test_shapes_are_bounded():
    odd = [USER.replace("Config User", f"Template {number}") for number in range(30)]
    with mock.patch.object(shapes, "MAX_LEARNED", 10):
        assert assert_alike(document(*odd, *odd)) == 10


def test_so_is_what_is_tried_for_one_line():
    odd = [USER.replace("<user dn=", f"<user x{number}=") for number in range(40)]
    assert assert_alike(document(*odd, USER, OTHER)) == 0
    assert assert_alike(document(*odd[:5], USER, OTHER)) == 1


def test_a_very_long_line_is_not_learned_from():
    long = USER.replace("Einkauf", "x" * 5000)
    assert assert_alike(document(long, long, USER, long)) == 1


def test_what_is_learned_counts_for_the_next_pbx_of_the_same_dialect_only():
    learned: list = []
    assert read(document(USER), before=learned)[1] == 0
    assert read(document(OTHER), before=learned) == (read_carefully(document(OTHER)), 1)
    others = [DIALECT.model_copy() for _ in range(4)]
    for other in others[:3]:
        assert read(document(OTHER), before=learned, dialect=other)[1] == 0
    assert read(document(OTHER), before=learned)[1] == 1
    for other in others:
        assert read(document(OTHER), before=learned, dialect=other)[1] == (other is not others[3])
    assert read(document(OTHER), before=learned)[1] == 0


def test_what_is_learned_is_begun_anew_before_it_is_full():
    learned: list = []
    odd = [USER.replace("Config User", f"Template {number}") for number in range(8)]
    with mock.patch.object(shapes, "MAX_LEARNED", 10):
        some, others = document(*odd[:4]), document(*odd[4:])
        assert [read(one, before=learned)[1] for one in (some, some, others)] == [0, 4, 0]
        assert [read(one, before=learned)[1] for one in (others, others, some)] == [0, 4, 0]


@pytest.mark.slow
def test_every_system_is_read_alike_after_all_others():
    learned: list = []
    files = [
        file
        for name in names_of_systems()
        for file in evidence_of(name, "configuration").files.values()
    ]
    for file in files:
        read(file, before=learned)
    known = 0
    for file in files:
        known += assert_alike(file, learned)
    assert known > len(files)


def texts_in(start: object) -> str:
    """Return all texts that hang on something, types and modules apart."""
    seen, waiting, found = set(), [start], []
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | type(re)) or one is DIALECT:
            continue
        seen.add(id(one))
        if isinstance(one, str | bytes):
            found.append(str(one))
        elif not callable(one) or isinstance(one, tuple):
            waiting += gc.get_referents(one)
        else:
            waiting += getattr(one, "__closure__", None) or ()
    return "\n".join(found)


def test_nothing_that_is_of_one_object_alone_or_may_be_secret_is_kept():
    own = ["Anna Abel", "00ff", "a.abel", "301", "28f36a152d28b2c52e0e867856e5d3e26b4a91d6"]
    own += ["009033000001", "Einkauf"]
    address = "http://login:hush@pbx"
    odd = USER.replace(" pwd=", f' url="{address}" pwd=').replace("00ff", "00fe")
    learned: list = []
    read(document(USER, odd), before=learned)
    assert read(document(OTHER, odd), before=learned)[1] == len([OTHER, odd])
    kept = texts_in(learned)
    assert "Config User" in kept
    assert not [text for text in (*own, address) if text in kept]


def test_the_account_is_the_same_however_many_are_read_at_a_time():
    content = document(*lines(60))
    one, _ = read(content)
    many, _ = read(content, at_once=7)
    assert one == many

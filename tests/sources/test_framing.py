"""How an answer says where it ends: by a length, by chunks, by its packing, or not at all."""

from __future__ import annotations

import gzip
from itertools import product

import pytest

from auditor.dialects import load_dialect
from auditor.model.site import Trust
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.box_pages import configuration_reading
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.opening import open_connection
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import RESET, HostilePbx
from tests.fixtures.pbx import configuration_of, counted, simulated, site_of
from tests.sources.test_faults import BOX, CFG, LIST, pages

BODY = configuration_of()
# A line border after the `_ADMIN_` object: what was cut there looks whole.
SHORT = BODY[: BODY.index(b"\r\n", BODY.index(b"(cn=_ADMIN_)")) + 2]


def head(*headers, version="1.1"):
    return "\r\n".join([f"HTTP/{version} 200 OK", *headers, "", ""]).encode()


def chunks(body, *, end=b"0\r\n\r\n"):
    half = len(body) // 2
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in (body[:half], body[half:]))
    return pieces + end


def length(body, more=0):
    return f"Content-Length: {len(body) + more}"


CLOSE, KEEP = "Connection: close", "Connection: keep-alive"
CHUNKED, GZIP = "Transfer-Encoding: chunked", "Content-Encoding: gzip"
PACKED = gzip.compress(BODY)
VERSIONS = ("1.0", "1.1")
# What states its end, and is as long as it says.
DELIMITED = {
    **{f"length {v} {c}": head(length(BODY), c, version=v) + BODY
       for v, c in product(VERSIONS, (CLOSE, KEEP))},
    **{f"chunked {v}": head(CHUNKED, CLOSE, version=v) + chunks(BODY) for v in VERSIONS},
    "packed with a length": head(GZIP, length(PACKED), CLOSE) + PACKED,
    "packed in chunks": head(GZIP, CHUNKED, CLOSE) + chunks(PACKED),
    "chunks and the right length": head(CHUNKED, length(BODY), CLOSE) + chunks(BODY),
}  # fmt: skip
# What ends with the connection.
UNDELIMITED = {
    **{f"closed {v}": head(CLOSE, version=v) + BODY for v in VERSIONS},
    "closed without a word": head() + BODY,
    "closed though it would be kept": head(KEEP, version="1.0") + BODY,
    "packed and closed": head(GZIP, CLOSE) + PACKED,
    "short and closed": head(CLOSE) + SHORT,
}
# What is not as long as it says, or breaks off.
DAMAGED = {
    **{f"longer than the body {v}": head(length(BODY, 9), CLOSE, version=v) + BODY
       for v in VERSIONS},
    "chunks without an end": head(CHUNKED, CLOSE) + chunks(BODY, end=b""),
    "chunks with half an end": head(CHUNKED, CLOSE) + chunks(BODY, end=b"0\r\n"),
    "a chunk that is cut": head(CHUNKED, CLOSE) + chunks(BODY)[:-99],
    "chunks and a longer length": head(CHUNKED, length(BODY), CLOSE) + chunks(SHORT),
    "chunks and a shorter length": head(CHUNKED, length(SHORT), CLOSE) + chunks(BODY),
    "packed and cut": head(GZIP, length(PACKED[:-9]), CLOSE) + PACKED[:-9],
    "packed, cut and closed": head(GZIP, CLOSE) + PACKED[:-9],
    "reset": lambda: [head(CLOSE) + BODY, RESET],
}  # fmt: skip


def silent_after_all():
    """Give an answer over a connection that is kept, and never say that it was all."""
    return [head(KEEP, version="1.0") + BODY, None]


def read(answer):
    """Return what cfg.txt shows, as it is answered."""
    options = LiveOptions(timeout=1.0 if answer is silent_after_all else 10.0, back_off=0.0)
    with (
        HostilePbx({**pages(), CFG: answer}) as pbx,
        open_connection(pbx.url, Trust(), Credentials("viewer", "x"), options) as connection,
    ):
        return configuration_reading(connection, load_dialect("simulated"), [])


@pytest.mark.parametrize("kind", DELIMITED)
def test_an_answer_that_states_its_end_is_whole(kind):
    reading = read(DELIMITED[kind])
    assert not reading.undelimited
    assert reading.gaps == []
    assert len(reading.objects) == len(simulated().objects)


@pytest.mark.parametrize("kind", UNDELIMITED)
def test_an_answer_that_ends_with_the_connection_says_so(kind):
    reading = read(UNDELIMITED[kind])
    assert reading.undelimited
    assert reading.gaps == []


@pytest.mark.parametrize("answer", [*DAMAGED.values(), silent_after_all], ids=[*DAMAGED, "silent"])
def test_an_answer_that_is_not_as_long_as_it_says_is_a_gap(answer):
    reading = read(answer)
    assert {gap.area for gap in reading.gaps} >= {Area.OBJECTS, Area.SETTINGS}


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("old", [False, True])
def test_a_simulated_pbx_ends_its_answers_in_each_way(framing, old):
    viewer = next(one for one in simulated().accounts if one.role == "viewer")
    account = Credentials(viewer.username, viewer.password)
    with (
        SimulatorServer(simulated(), framing=framing, old_http=old) as server,
        open_connection(server.url, Trust(), account, LiveOptions()) as connection,
    ):
        reading = configuration_reading(connection, load_dialect("simulated"), [])
    assert reading.undelimited is (framing == "close" or (old and framing == "chunked"))


def closed(answer):
    """Return an answer that no longer says how long it is."""
    lines, _, body = answer.partition(b"\r\n\r\n")
    kept = [line for line in lines.split(b"\r\n") if not line.startswith(b"Content-Length")]
    return b"\r\n".join([*kept, b"", b""]) + body


def test_pages_of_xml_end_by_themselves_and_need_no_length():
    answers = {target: closed(answer) for target, answer in pages().items()}
    snapshot = read_all(answers)
    assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
    assert len(snapshot.objects) == len(simulated().objects)


@pytest.mark.parametrize("target", [BOX, LIST, "page"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.97])
def test_a_page_of_xml_that_is_cut_is_noticed_without_a_length(target, share):
    answers = pages()
    one = next(t for t in answers if "user-guid=" in t) if target == "page" else target
    lines, _, body = closed(answers[one]).partition(b"\r\n\r\n")
    answers[one] = lines + b"\r\n\r\n" + body[: int(len(body) * share)]
    snapshot = read_all(answers)
    assert snapshot.gaps_in(Area.BOX if target == BOX else Area.OBJECTS)


def read_all(answers):
    account = Credentials("viewer", "x")
    site = counted(site_of(), len(simulated().objects))
    with HostilePbx(answers) as pbx:
        return read_live(pbx.url, site, account, LiveOptions(back_off=0.0))

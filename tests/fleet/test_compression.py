"""Documents that go from the history to the process that judges and back as they are kept."""

from __future__ import annotations

import pytest

from auditor.fleet.compression import DamagedDocumentError, pack, unpack
from auditor.fleet.drift.content import content_digest
from auditor.fleet.runner.bound_boxes import BoundBoxes
from auditor.fleet.runner.jobs import Job
from auditor.sources.snapshot.saved import dump_snapshot, head_of, parse_snapshot
from auditor.values.serials import is_serial_end, serial_end
from tests.fixtures.pbx import TODAY
from tests.fleet.nights import Pbx
from tests.fleet.runner.test_scheduler import ASKED, NOW, pbx

BOUND = {"009033aabbcc": "graz", "0090330abbcc": "linz", "112233": "wien"}
CONTENT = b'{"objects": []}' * 20


def test_what_is_packed_is_unpacked_as_it_was():
    document = pack(CONTENT)
    assert unpack(document) == CONTENT
    assert document.size == len(CONTENT)
    assert len(document.compressed) < len(CONTENT)


@pytest.mark.parametrize(
    "damage",
    [
        lambda one: one._replace(compressed=one.compressed[: len(one.compressed) // 2]),
        lambda one: one._replace(compressed=b"nothing of the kind"),
        lambda one: one._replace(compressed=pack(CONTENT[:-1]).compressed),
        lambda one: one._replace(digest="0" * 64),
    ],
    ids=["cut", "not compressed", "another", "another digest"],
)
def test_damaged_document_is_none_for_who_judges(damage):
    document = damage(pack(CONTENT))
    with pytest.raises(DamagedDocumentError):
        unpack(document)
    job = Job(ASKED, pbx("graz"), TODAY, NOW, documents={"known": document})
    assert job.content("known") is None
    assert job.content("other") is None


def test_snapshot_is_written_alike_with_its_head_made_before(tmp_path):
    night = Pbx(tmp_path)
    night.night()
    snapshot, head = night.snapshot, head_of(night.snapshot)
    assert content_digest(snapshot, head) == content_digest(snapshot)
    written = b"".join(dump_snapshot(snapshot, head))
    assert written == b"".join(dump_snapshot(snapshot))
    assert parse_snapshot(written, tmp_path) == snapshot


class TestBoxes:
    @pytest.mark.parametrize(
        ("serial", "near"),
        [
            ("00-90-33-aa-bb-cc", {"graz"}),
            ("0ABBCC", {"linz"}),
            ("00-90-33-11-22-33", {"wien"}),
            ("ffffff", set()),
            ("", {"graz", "linz", "wien"}),
        ],
    )
    def test_only_what_may_be_a_box_is_near_it(self, serial, near):
        assert set(BoundBoxes(BOUND).near(serial).values()) == near

    def test_owner_is_always_near(self):
        boxes = BoundBoxes(BOUND)
        for serial in BOUND:
            assert boxes.owners(serial) <= set(boxes.near(serial).values())


@pytest.mark.parametrize(
    ("digits", "end", "is_end"),
    [("009033aabbcc", "aabbcc", False), ("aabbcc", "aabbcc", True), ("ab", "ab", False)],
)
def test_end_of_a_serial_is_its_last_three_bytes(digits, end, is_end):
    assert serial_end(digits) == end
    assert is_serial_end(digits) is is_end

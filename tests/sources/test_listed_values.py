"""What the object list says of objects is compared, over real sockets and from a folder alike."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from auditor.dialects import load_dialect
from auditor.model.vocabulary import Area
from auditor.simulator import responses
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.reading import ObjectNames
from auditor.sources.snapshot.assemble import Batch, assemble
from tests.fixtures.hostile import http
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    PBX_PASSWORD,
    compared_list,
    configuration_of,
    export_of,
    judge,
    list_page_of,
    simulated,
    site_of,
    statuses,
)
from tests.fixtures.soap import answer, found
from tests.sources.test_contradictions import (
    BASE,
    DIVERTED,
    IDS,
    PARENT,
    PROFILE,
    SEEN,
    SPECIAL_ITEM,
    item,
    kind_of,
)
from tests.sources.test_faults import CFG, LIST
from tests.sources.test_second_count import NO_SOAP, Pbx

DIALECTS = ("simulated", "documented")
# A list that says otherwise, and controls that must not be decided by the configuration alone.
OTHERWISE = {
    "hide": (item(BASE, 'hide="false"'), {"HD-04"}),
    "phone-config": (item(BASE, 'phone-config="false"'), {"HD-12"}),
    "apps": (item(BASE, 'apps="phone,users"'), {"HD-13"}),
    "config": (item(BASE, f'config="{PARENT}"'), {"HD-05", "HD-12", "HD-13"}),
    "no-filter": (item(BASE, "", IDS.format('tls="true" no-filter="true"')), {"HD-15", "PBX-06"}),
    "tls": (item(BASE, "", IDS.format("")), {"HD-16", "PBX-07", "PBX-08"}),
    "cd": (item(BASE, "", DIVERTED), {"HD-13", "TRK-03"}),
    "allow": (item(BASE, "", SEEN), {"PRV-01"}),
    "kind": (kind_of(BASE, "trunk"), {"HD-04"}),
    "each object whole": (
        export_of(simulated()).replace(b' tls="true"', b""),
        {"HD-04", "PBX-06"},
    ),
}


def audited(page, soap=NO_SOAP, **changes):
    pbx = Pbx({LIST: http(page), **changes}, soap=soap)
    return read_and_judged(pbx)


def read_and_judged(pbx):
    with pbx:
        credentials = Credentials("viewer", "x", PBX_PASSWORD)
        snapshot = read_live(pbx.url, site_of(), credentials, LiveOptions(back_off=0.0))
    return snapshot, statuses(judge(snapshot, site_of(), profile=PROFILE))


def from_folder(page):
    dialect = load_dialect("simulated")
    readings = [
        read_configuration([configuration_of()], "cfg.txt", dialect),
        read_export(page, "list.xml", dialect),
    ]
    snapshot = assemble(Batch(readings, [], dialect), site_of(), PBX_PASSWORD)
    return snapshot, statuses(judge(snapshot, site_of(), profile=PROFILE))


def of_objects(snapshot):
    """Return what is said of the objects as a whole, and what each of them shows."""
    gaps = [(gap.reason, gap.doubtful) for gap in snapshot.gaps_in(Area.OBJECTS)]
    return gaps, {one.guid: one.visible for one in snapshot.objects}


@pytest.mark.parametrize("what", OTHERWISE)
def test_a_list_that_says_otherwise_opens_the_same_live_and_from_a_folder(what):
    page, rests = OTHERWISE[what]
    plain = audited(list_page_of(simulated()))[1]
    assert {plain[one] for one in rests} == {"passed"}
    live, found = audited(page)
    assert {found[one] for one in rests} == {"unknown"}
    saved, same = from_folder(page)
    of_list = {one for one in found if found[one] != plain[one]}
    assert {one: same[one] for one in of_list} == {one: found[one] for one in of_list}
    assert of_objects(live) == of_objects(saved)


@pytest.mark.parametrize("page", [list_page_of(simulated()), export_of(simulated())])
def test_a_list_that_says_the_same_changes_nothing(page):
    live, _ = audited(page)
    saved, _ = from_folder(page)
    assert of_objects(live) == of_objects(saved)
    assert of_objects(live)[0] == []


@pytest.mark.parametrize("config", CONFIGURATIONS)
@pytest.mark.parametrize("name", DIALECTS)
def test_the_list_of_a_simulated_pbx_contradicts_nothing(config, name):
    pbx, dialect = simulated(config), load_dialect(name)
    known = read_configuration([configuration_of(config)], "cfg.txt", dialect)
    for page in (list_page_of(pbx), responses.list_page(pbx), effective_list_of(pbx)):
        excerpt = compared_list([page], "/list", known, dialect).excerpt
        gaps = []
        assert excerpt.is_excerpt
        listed = read_export(page, "list.xml", dialect)
        for other in [excerpt, *([listed] if listed.kind == "object-list" else [])]:
            readings = [known, other] if other.objects else [known]
            snapshot = assemble(Batch(copied(readings), [], dialect), site_of(config), None)
            gaps += [gap for gap in snapshot.gaps_in(Area.OBJECTS) if gap.doubtful]
        assert gaps == []


def copied(readings):
    """Return readings whose secrets are not dropped when a snapshot is made of them."""
    return [
        type(one)(
            one.source,
            one.kind,
            [*one.objects],
            [*one.secrets],
            admin_seen=one.admin_seen,
            is_excerpt=one.is_excerpt,
        )
        for one in readings
    ]


def effective_list_of(pbx: SimulatedPbx):
    """Return a list that shows some columns with what templates give, and a mask for passwords."""
    shown = []
    for number, one in enumerate(pbx.objects):
        known = responses.effective(pbx, one) if number % 3 == 0 else dict(one.attributes)
        columns = {k: v for k, v in known.items() if k in {"hide", "filter", "uclic", "apps"}}
        mask = {} if one.password is None else {"pwd": responses.MASK}
        item_ = responses.summary(one)
        shown.append(type(item_)(item_.tag, {**item_.attributes, **columns, **mask}, ()))
        if item_.children:
            shown[-1] = item_
    return responses.page(shown)


def test_objects_that_a_pbx_keeps_for_itself_are_none():
    page = item(BASE).replace(b"</info>", SPECIAL_ITEM + b"</info>")
    for snapshot, _ in (audited(page), from_folder(page)):
        assert len(snapshot.objects) == len(simulated().objects)
        assert snapshot.gaps_in(Area.OBJECTS) == ()


@pytest.mark.parametrize("what", ["hide", "phone-config", "apps", "config", "tls", "cd", "allow"])
def test_a_list_that_says_otherwise_than_the_pages_of_objects_is_open_too(what):
    page, rests = OTHERWISE[what]
    refused = {CFG: NO_SOAP}
    plain = audited(list_page_of(simulated()), **refused)[1]
    decided = {one for one in rests if plain[one] != "unknown"}
    assert decided or what == "config"
    found = audited(page, **refused)[1]
    assert {found[one] for one in rests} == {"unknown"}


@pytest.mark.parametrize("field", ["cn", "h323", "e164", "loc"])
def test_names_over_soap_that_are_others_are_a_gap(field):
    def page(request):
        return found() if request.flag else found_with(field, "other")

    _, statuses_ = read_and_judged(Pbx({LIST: NO_SOAP}, pages=page))
    assert statuses_["HD-04"] == "unknown"


def found_with(field, value):
    """Return all objects as FindUser shows them, the base user with another value."""
    items = []
    for one in simulated().everything:
        fields = {"cn": one.cn, "guid": one.guid, **one.names}
        if one.names.get("h323") == BASE:
            fields[field] = value
        items.append("".join(f"<{k}>{escape(v)}</{k}>" for k, v in fields.items()))
    inner = "".join(f"<item>{one}</item>" for one in items)
    return http(answer(f"<ns:FindUserResponse><return>{inner}</return></ns:FindUserResponse>"))


def test_names_over_soap_that_are_the_same_open_nothing():
    def page(request):
        return found() if request.flag else found_with("dn", "")

    snapshot, statuses_ = read_and_judged(Pbx({LIST: NO_SOAP}, pages=page))
    assert snapshot.gaps_in(Area.OBJECTS) == ()
    assert statuses_["HD-04"] == "passed"


@pytest.mark.parametrize(("cn", "h323"), [("Phone", BASE), ("Hot Desk Base", "phone")])
def test_a_list_of_names_that_calls_an_object_otherwise_is_a_gap(cn, h323):
    dialect = load_dialect("simulated")
    known = read_configuration([configuration_of()], "cfg.txt", dialect)
    entries = [(one.guid, one.cn, one.h323) for one in known.objects]
    other = [(g, cn, h323) if h == BASE else (g, c, h) for g, c, h in entries]
    for listed, is_open in ((entries, False), (other, True)):
        names = ObjectNames("SearchUsers", tuple(listed))
        fresh = read_configuration([configuration_of()], "cfg.txt", dialect)
        batch = Batch([fresh], [], dialect, listed=[names])
        snapshot = assemble(batch, site_of(), PBX_PASSWORD)
        assert bool(snapshot.gaps_in(Area.OBJECTS)) is is_open

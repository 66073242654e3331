"""Where pseudo elements say that calls are passed on to."""

from __future__ import annotations

import pytest

from auditor.model.snapshot import Lead
from auditor.sources.parse.leads import leads_of_pseudo
from auditor.sources.parse.xml import parse_xml

OPEN = Lead("", "")

CASES = {
    '<pseudo type="map"><match><dest e164="226"/></match></pseudo>': [Lead("226", "")],
    '<pseudo type="map"><match addr="10.0.0.0"><dest e164="1"/></match></pseudo>': [Lead("1", "")],
    '<pseudo type="map"><match><dest e164="1"/><dest e164="2"/></match></pseudo>': [
        Lead("1", ""),
        Lead("2", ""),
    ],
    '<pseudo type="map"><match><dest e164="1"/></match><match/></pseudo>': [Lead("1", ""), OPEN],
    '<pseudo type="map"><match><dest e164=""/></match></pseudo>': [OPEN],
    '<pseudo type="map"/>': [OPEN],
    '<pseudo type="map" e164="0170"/>': [Lead("0170", ""), OPEN],
    '<pseudo type="waiting"/>': [],
    '<pseudo type="waiting" max="20"/>': [],
    '<pseudo type="waiting" alert="180"/>': [Lead("180", "", sure=False)],
    '<pseudo type="waiting"><op h323="mia"/></pseudo>': [Lead("", "mia")],
    '<pseudo type="loc"><ep addr="10.0.0.1" h323="north"/></pseudo>': [],
    '<pseudo type="trunk"><loopback e164="10"/></pseudo>': [],
    '<pseudo type="app"><app e164="10"/></pseudo>': [],
}


@pytest.mark.parametrize("text", CASES)
def test_a_pseudo_element_leads_there(text):
    assert list(leads_of_pseudo(parse_xml(text))) == CASES[text]

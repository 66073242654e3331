"""The demonstration: two nights of a fleet, from the inventory to mails, on this computer alone."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from tests.fleet import demo
from tests.fleet.runner.conftest import inline

__all__ = ["inline"]


@pytest.mark.usefixtures("inline", "console")
@pytest.mark.parametrize(
    "places", [demo.PLACES[:2], pytest.param(demo.PLACES, marks=pytest.mark.soak)]
)
def test_two_nights_reach_everybody(folder, monkeypatch, places):
    monkeypatch.setenv("FLEET_DEMO_USERNAME", "")
    codes = demo.tell(folder.path, places)
    assert codes == [[1, 0, 0, 0, 0]] * 2
    for name in ("reports/index.html", *(f"reports/{one}/index.html" for one in demo.TENANTS)):
        assert (folder.path / name).stat().st_size
    # Who needs somebody is one click away.
    page = (folder.path / "reports/index.html").read_text(encoding="utf-8")
    report = f"city/{demo.SPOILT}/report.html"
    assert f'href="{report}"' in page
    assert (folder.path / "reports" / report).stat().st_size
    mails = {
        path.stem: message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((folder.path / "mail").glob("*.eml"))
    }
    assert len(mails) == 2 * (1 + len(demo.TENANTS))
    names = {tenant: f"{tenant}-{places[0]}" for tenant in demo.TENANTS}
    for stem, mail in mails.items():
        said = "".join(part.get_content() for part in mail.walk() if not part.is_multipart())
        tenant = stem.rpartition("-")[2]
        assert tenant == "operator" or not {
            one for one, name in names.items() if one != tenant and name in said
        }
    last = max((folder.path / "metrics").iterdir()).read_text(encoding="utf-8")
    assert 'pbx_auditor_deliveries{state="sent"} 4' in last
    in_city = {f"city-{place}" for place in places} & (demo.INSECURE | {demo.SPOILT})
    assert f'pbx_auditor_pbxs{{tenant="city",state="failed"}} {len(in_city)}' in last

"""A live PBX over real HTTP: what it shows is what its file shows, and nothing is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.errors import InputError, LoginError, TargetError
from auditor.facts import IP_FILTER
from auditor.model.site import Site
from auditor.model.vocabulary import Area, Coverage, EvidenceMode
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.login import parse_address
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    PBX_PASSWORD,
    configuration_of,
    facts,
    judge,
    simulated,
    site_of,
    statuses,
    undated,
    write,
)


def credentials(pbx, role="viewer", **changes):
    account = next(one for one in pbx.accounts if one.role == role)
    given = {
        "username": account.username,
        "password": account.password,
        "pbx_password": pbx.pbx_password,
    }
    return Credentials(**{**given, **changes})


def read(server, config="hardened", **changes):
    return read_live(server.url, site_of(config), credentials(server.pbx, **changes))


@pytest.fixture
def serve():
    """Start simulated PBXs that end with the test; none may have seen a write."""
    running = []

    def start(config="hardened", **options):
        server = SimulatorServer(simulated(config), **options).__enter__()
        running.append(server)
        return server

    yield start
    for server in running:
        server.__exit__(None, None, None)
    assert [server.writes for server in running] == [0] * len(running)


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def saved(request, tmp_path_factory):
    """The snapshot of the same PBX from its configuration file."""
    folder = write(tmp_path_factory.mktemp("cfg"), {"cfg.txt": configuration_of(request.param)})
    return request.param, read_files(folder, site_of(request.param), PBX_PASSWORD)


def without_looks(snapshot):
    """Return a snapshot without what only a live audit sees of services."""
    looks = {"http_port", "info_page", "telnet_port"}
    settings = {name: one for name, one in snapshot.settings.items() if name not in looks}
    areas = {name: one for name, one in snapshot.areas.items() if name not in looks}
    return replace(snapshot, settings=settings, areas=areas)


class TestTheSameFacts:
    def test_over_the_configuration(self, serve, saved):
        config, expected = saved
        snapshot = read(serve(config), config)
        assert undated(without_looks(snapshot)) == undated(expected)
        assert statuses(judge(snapshot, site_of(config))) == statuses(
            judge(expected, site_of(config))
        )

    def test_over_object_pages_when_the_configuration_is_refused(self, serve, saved):
        config, expected = saved
        snapshot = read(serve(config, refuse=frozenset({"cfg"})), config)
        assert [facts(o) for o in undated(snapshot).objects] == [
            facts(o) for o in undated(expected).objects
        ]
        assert undated(snapshot).filters == undated(expected).filters
        assert snapshot.settings[IP_FILTER].values == expected.settings[IP_FILTER].values
        assert snapshot.evidence_mode is EvidenceMode.PBX_PASSWORD
        found = statuses(judge(snapshot, site_of(config)))
        assert found == {**statuses(judge(expected, site_of(config))), "HD-03": "unknown"}

    def test_over_object_pages_when_the_configuration_has_no_objects(self, serve, saved):
        config, expected = saved
        server = serve(config, cfg_without_objects=True)
        snapshot = read(server, config)
        assert statuses(judge(snapshot, site_of(config))) == statuses(
            judge(expected, site_of(config))
        )
        pages = [path for _, path in server.requests if "user-guid=" in path]
        assert len(set(pages)) == len(server.pbx.objects) + 1

    def test_with_an_old_kind_of_digest(self, serve):
        snapshot = read(serve(offer_qop=False))
        assert len(snapshot.objects) == len(simulated().objects)

    def test_with_the_admin_account(self, serve):
        assert read(serve(), role="admin").coverage(Area.OBJECTS) is Coverage.COMPLETE

    def test_box_and_sources_are_named(self, serve):
        snapshot = read(serve())
        (box,) = snapshot.boxes
        assert (box.name, box.product) == ("PBX München", "IP411")
        assert box.firmware == "13r3 service-release-12"
        assert {record.kind for record in snapshot.sources} == {
            *("box-info", "configuration", "object-list"),
        }
        assert all(len(record.sha256) == 64 and record.size for record in snapshot.sources)


class TestRefusals:
    @pytest.mark.parametrize("area", ["box_info", "soap"])
    def test_a_refusal_that_does_not_matter(self, serve, area):
        snapshot = read(serve(refuse=frozenset({area})))
        assert set(statuses(judge(snapshot, site_of())).values()) == {"passed"}

    def test_everything_refused_is_an_error(self, serve):
        with pytest.raises(TargetError, match="403"):
            read(serve(refuse=frozenset({"box_info", "cfg", "show", "soap"})))

    def test_the_configuration_alone_is_enough(self, serve):
        server = serve(refuse=frozenset({"show", "soap"}))
        assert set(statuses(judge(read(server), site_of())).values()) == {"passed"}

    @pytest.mark.parametrize("changes", [{"password": "wrong"}, {"username": "nobody"}])
    @pytest.mark.parametrize("offer_qop", [True, False])
    def test_a_wrong_login(self, serve, changes, offer_qop):
        server = serve(offer_qop=offer_qop)
        with pytest.raises(LoginError) as refused:
            read(server, **changes)
        assert refused.value.where == server.url
        assert "PBX_AUDITOR_PASSWORD" in refused.value.advice
        assert len(server.requests) <= 4

    def test_a_login_with_umlauts(self, serve):
        with pytest.raises(LoginError):
            read(serve(), username="prüfer", password="Pässwörd€")

    def test_a_closed_port(self, serve):
        server = serve()
        url = server.url
        server.__exit__(None, None, None)
        with pytest.raises(TargetError) as refused:
            read_live(url, Site(), credentials(server.pbx))
        assert not isinstance(refused.value, LoginError)
        assert refused.value.where == url
        assert refused.value.advice


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://",
            "https:///cfg.txt",
            "http://127.0.0.1/cfg.txt",
            "http://127.0.0.1/?cmd=form",
            "http://127.0.0.1:99999",
            "https://127.0.0.1:99999",
            "http://127.0.0.1:abc",
            "https://127.0.0.1:abc",
            "http://[::1",
            "https://[::1",
            "http://127.0.0.1 x",
            "http://127.0.0.1\n.example",
            "http://ä..ö",
            f"http://{'a' * 300}.example",
            "http://user:geheim@127.0.0.1",
            "http://user@127.0.0.1",
        ],
    )
    def test_what_is_no_address_is_refused_before_any_traffic(self, url, monkeypatch):
        asked = []
        monkeypatch.setattr("socket.getaddrinfo", lambda *names, **_: asked.append(names))
        with pytest.raises(InputError) as refused:
            read_live(url, Site(), Credentials("viewer", "x"))
        assert "geheim" not in str(refused.value)
        assert refused.value.advice
        assert asked == []

    @pytest.mark.parametrize(
        ("url", "meant"),
        [
            ("https:///pbx.example.com", "https://pbx.example.com"),
            ("http:////127.0.0.1:8080/cfg.txt", "http://127.0.0.1:8080"),
            ("https://pbx.example.com/PBX0/ADMIN", "https://pbx.example.com"),
            ("https://pbx.example.com?x=1", "https://pbx.example.com"),
            ("https:///", None),
            ("https://127.0.0.1:99999/", None),
            ("https:///user:12/34@pbx.example.com", None),
            ("https://pbx.example.com/x@y", None),
        ],
    )
    def test_what_was_meant(self, url, meant):
        with pytest.raises(InputError) as refused:
            parse_address(url)
        advice = refused.value.advice
        assert dict(advice.parameters).get("name") == meant

    @pytest.mark.parametrize("given", [("", ""), ("viewer", ""), ("", "x")])
    def test_without_an_account_nothing_is_sent(self, serve, given):
        server = serve()
        with pytest.raises(InputError, match="account"):
            read_live(server.url, Site(), Credentials(*given))
        assert server.requests == []

    def test_a_trailing_slash_is_fine(self, serve):
        server = serve()
        assert read_live(f"{server.url}/", site_of(), credentials(server.pbx)).objects


class TestRequests:
    def test_only_these_are_sent(self, serve):
        server = serve(refuse=frozenset({"cfg"}))
        read(server)
        show = "/PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user"
        guids = {one.guid for one in (*server.pbx.objects, server.pbx.admin)}
        assert set(server.requests) == {
            ("GET", "/CMD0/box_info.xml"),
            ("GET", "/cfg.txt"),
            ("GET", f"{show}=*"),
            *(("GET", f"{show}-guid={guid}") for guid in guids),
            ("POST", "/PBX0/user.soap"),
        }

    def test_the_configuration_is_downloaded_once(self, serve):
        server = serve()
        read(server)
        assert server.downloads == 1

    def test_proxies_of_the_environment_are_not_used(self, serve, monkeypatch):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert read(serve()).objects

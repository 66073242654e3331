"""A secret planted in every place that could hold one appears nowhere, in no spelling."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest

from auditor.model.site import Site
from auditor.passwords.workers import MIN_JOBS
from auditor.pbx import crypt
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot
from tests.fixtures.hostile import HostilePbx, http
from tests.fixtures.pbx import END, configuration_of, item, row, table, text, write
from tests.fixtures.program import execute, site_option, start
from tests.fixtures.soaked import crossed
from tests.fixtures.waivers import waiver_text, waiver_today

CANARY = "Kn4r1-V0gel+7/x"
STORED = CANARY.encode().ljust(24, b"\0").hex()
SITE = """\
[target]
name = "Werk"
dialect = "simulated"
[hot_desk]
base_users = ["hot-desk-base"]
[dialling]
trunk_prefixes = ["0"]
"""
HEADER = "# 13r3 service-release-05 IP411[13.5205], Bootcode[135205], HW[204] 65536/131072"


def spellings(secret):
    """Return every way in which a secret could be written without being plain to see."""
    data = secret.encode()
    found = {
        secret,
        secret[::-1],
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        data.hex(),
        data.hex().upper(),
        data.hex(" "),
        data.hex(":"),
        json.dumps(secret)[1:-1],
        secret.encode("utf-16-le").hex(),
        base64.b64encode(data).decode().rstrip("="),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
    }
    for shift in (1, 2):
        shifted = base64.b64encode(b"x" * shift + data).decode().rstrip("=")
        found.add(shifted[shift + 1 : -1])
    return {spelling.lower() for spelling in found}


def leaks(folder, ended, secrets, inputs=()):
    """Return where a secret is, in what was said and in every file that was not an input."""
    written = {path for path in folder.rglob("*") if path.is_file()} - set(inputs)
    said = {path.name: path.read_bytes().decode("utf-8", "replace") for path in written}
    said |= {f"the name of {path.name}": path.name for path in written}
    said |= {"stdout": ended.out, "stderr": ended.err}
    lower = {place: content.lower() for place, content in said.items()}
    return {
        place
        for secret in secrets
        for spelling in spellings(secret)
        for place, content in lower.items()
        if spelling in content
    }


def assert_silent(folder, ended, *secrets, inputs=()):
    assert leaks(folder, ended, secrets or (CANARY,), inputs) == set()


def items():
    """Return objects with the secret in every place of an item that could hold one."""
    base = (
        f'<user pwd="{STORED}" pwdx="{STORED}" hide="true" secret="{CANARY}" pin="{CANARY}">'
        f'<device hw="hot-desk-base" pin="{CANARY}" tls="true"/>'
        f'<vault code="{CANARY}">{CANARY}<deep key="{CANARY}"/></vault></user>'
    )
    return [
        item(base, cn="Hot Desk Base", h323="hot-desk-base", e164="#10", pin=CANARY),
        item(
            f'<user pwd="{CANARY}"><pseudo type="config" key="{CANARY}"/></user>', cn="T", h323="t"
        ),
        item(
            f'<filter name="a" key="{CANARY}">'
            f'<sim-row number="0" next="nok" key="{CANARY}"/></filter>',
            f'<user pwd="{STORED}" pwdx="{STORED}" key="{STORED[:32]}"/>',
            cn="_ADMIN_",
            h323="pbx-admin",
        ),
    ]


def configuration():
    """Return a configuration with the secret in good, unknown and broken lines."""
    whole = items()
    return text(
        HEADER,
        f"# {CANARY}",
        f"#{CANARY}[",
        *whole,
        *(
            line[: line.index(mark) + len(mark)]
            for line in whole
            for mark in (STORED, CANARY)
            if mark in line
        ),
        f"mod cmd FLASHDIR0 add-item 101 (cn=x)(pwd={CANARY}",
        f"mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=<user pwd={CANARY}/>)",
        f"mod cmd FLASHDIR0 add-item 101 (cn=x)(pin={CANARY})(h323=x)",
        f"mod cmd FLASHDIR0 add-item 101 (cn=x)(cn=y)(pwd={CANARY})(pbx=<user/>)",
        f"config add PHONE SIG /h323 hot-desk-base /gk-pwd {CANARY}",
        f"config add PHONE SIG /h323 hot-desk-base /gk-pwd  {CANARY} {CANARY} /x {CANARY}",
        f"config change PHONE SIG /gk-pwd {CANARY}",
        f"config change CMD0 /name Werk /pwd {CANARY} /user admin,{CANARY}",
        f"config change PBX0 /sim-regs-without-pwd 0 /key {CANARY}",
        f"config change RELAY0 SIP1 /pwd {CANARY} [ /x {CANARY}",
        f"vars create CMD0/AUTH pc {CANARY.encode().hex()}",
        f"vars create PBX0/PWD p {CANARY}",
        f"vars create {CANARY}",
        f"kennwort: {CANARY}",
        f"{CANARY}",
    )


def export():
    users = "".join(
        f'<user cn="{name}" h323="{name}" pwd="{CANARY}" pwdx="{STORED}" key="{STORED}"'
        f' x="{CANARY}">'
        f'{CANARY}<!-- {CANARY} --><device hw="{name}" pwd="{CANARY}"/><y z="{CANARY}"/></user>'
        for name in ("hot-desk-base", "_ADMIN_", "temp")
    )
    return f"<info key='{CANARY}'>{users}</info>"


def rows():
    given = {
        "cn": "Hot Desk Base",
        "h323": "hot-desk-base",
        "pwd": STORED,
        "key": CANARY,
        "emails": [{"email": CANARY}],
        "devices": [{"hw": "hot-desk-base", "pwd": CANARY}],
        "cds": [{"type": "cfu", "src": CANARY, "pwd": CANARY}],
        "unknown": {"deep": [CANARY]},
    }
    return table(row(**given), row(cn="T", pwd=CANARY, h323="t"), END)


INPUTS = {
    "cfg.txt": configuration(),
    "pbx.xml": export(),
    "users.json": rows(),
    "cut.json": rows()[:-20],
    "script.txt": text(f"config add PHONE SIG /h323 hot-desk-base /gk-pwd {CANARY}"),
    "slash.txt": text(f"config add PHONE SIG /h323 hot-desk-base gk-pwd {CANARY}"),
    "order.txt": text(f"config add PHONE SIG {CANARY} /h323 hot-desk-base /gk-pwd"),
}
BROKEN = {
    "cut.xml": export()[:-20],
    "prose.txt": text(f"Kennwort {CANARY}"),
    "nul.txt": text(f"vars create X p {CANARY}\0"),
    "long.txt": text("config write") + CANARY.encode() * 400_000,
    "dtd.xml": f'<!DOCTYPE x [<!ENTITY a "{CANARY}">]><info><user cn="&a;"/></info>',
    "name.xml": f"<info><user {CANARY}='1'/></info>",
    "other.json": json.dumps({CANARY: CANARY}),
    "cfg-standard.txt": configuration(),
    "snapshot.json": json.dumps(
        {"pbx-auditor-snapshot": {"schema_version": "1.0", "pwd": CANARY, "target": [CANARY]}}
    ),
}


@pytest.fixture
def planted(tmp_path):
    """Write files into a folder of their own; return their paths."""

    def plant(files):
        folder = write(tmp_path / "in", {"werk.toml": SITE, **files})
        return [folder / name for name in files], set(folder.iterdir())

    return plant


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("pbx_password", ["", CANARY])
def test_in_evidence(console, tmp_path, planted, name, pbx_password):
    (path,), inputs = planted({name: INPUTS[name]})
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", pbx_password)
    site = ("--site", tmp_path / "in" / "werk.toml")
    ended = console("audit", path, *site, "--out", "out")
    assert ended.code in {1, 4}
    assert (tmp_path / "out" / "report.html").is_file()
    assert_silent(tmp_path, ended, CANARY, STORED[:30], inputs=inputs)


@pytest.mark.parametrize("name", INPUTS)
def test_in_a_snapshot_made_of_it(console, tmp_path, planted, name):
    (path,), inputs = planted({name: INPUTS[name]})
    ended = console("collect", path, "--site", tmp_path / "in" / "werk.toml", "-o", "s.json")
    assert ended.code == 0
    assert_silent(tmp_path, ended, CANARY, STORED[:30], inputs=inputs)


def test_in_a_folder_of_all_evidence(console, tmp_path, planted):
    _, inputs = planted(INPUTS)
    ended = console("audit", "in", "--site", "in/werk.toml", "--out", "out")
    assert ended.code in {1, 4}
    assert_silent(tmp_path, ended, CANARY, STORED[:30], inputs=inputs)


@pytest.mark.parametrize(("name", "command"), crossed(BROKEN, ["audit", "collect"]))
def test_in_evidence_that_is_refused(console, tmp_path, planted, name, command):
    (path,), inputs = planted({name: BROKEN[name]})
    ended = console(command, path)
    assert ended.code == 2
    assert_silent(tmp_path, ended, inputs=inputs)


STANDARD = {
    "cfg-standard.txt": configuration() + text(item("<user/>", cn="Nur7Dort", h323="nur7dort")),
}


@pytest.mark.parametrize(("name", "command"), crossed(STANDARD, ["audit", "collect"]))
def test_in_a_standard_configuration_beside_evidence(console, tmp_path, planted, name, command):
    """Not even a name of it, which elsewhere is no secret, is passed on."""
    files = {"cfg.txt": configuration_of(), name: STANDARD[name]}
    _, inputs = planted(files)
    output = ("--out", "out") if command == "audit" else ("-o", "s.json")
    more = ("--control", "BAK-02") if command == "audit" else ()
    ended = console(command, "in", "--site", "in/werk.toml", *output, *more)
    assert ended.code == {"audit": 1, "collect": 0}[command]
    written = [path for path in tmp_path.rglob("*.json") if path not in inputs]
    assert any(name in path.read_text(encoding="utf-8") for path in written)
    secrets = (CANARY, STORED[:30], "Nur7Dort")
    assert_silent(tmp_path, ended, *secrets, inputs=inputs)


@pytest.mark.parametrize("kind", ["valid", "expired", "short-key"])
def test_in_a_live_pbx_over_tls(console, tmp_path, kind):
    """What is shown of a certificate is public; its key is not."""
    given = {"viewer": "Viewer-" + CANARY[:8], "admin": "Admin-" + CANARY[:8]}
    pbx = SimulatedPbx.create("hardened", CANARY, seed=3, passwords=given)
    with SimulatorServer(pbx, tls=True, certificate=kind) as server:
        console.login(pbx)
        site = pbx.site.read_text(encoding="utf-8")
        pin = f'{site}\n[tls]\nfingerprint = "{server.certificate.fingerprint}"\n'
        (tmp_path / "pinned.toml").write_text(pin, encoding="utf-8")
        tls = [option for name in ("TLS-01", "TLS-02", "TLS-06") for option in ("--control", name)]
        ended = console("audit", server.url, "--site", "pinned.toml", "--out", "out", *tls)
        key = server.certificate.key
    assert ended.code == {"valid": 0, "expired": 1, "short-key": 3}[kind]
    report = (tmp_path / "out" / "report.json").read_text(encoding="utf-8")
    assert server.certificate.fingerprint in report
    lines = [line for line in key.splitlines() if not line.startswith("-")]
    inputs = {tmp_path / "pinned.toml"}
    assert_silent(tmp_path, ended, CANARY, *given.values(), *lines, inputs=inputs)


def test_in_unknown_parts_of_a_snapshot(console, tmp_path, planted):
    (path,), _ = planted({"cfg.txt": text(*items())})
    content = json.loads(b"".join(dump_snapshot(read_files(path, Site(), None))))
    inner = content["pbx-auditor-snapshot"]
    inner["pwd"] = inner["areas_of_somebody"] = CANARY
    for candidate in inner["objects"]:
        candidate[5] |= {"pwd": CANARY, "key": CANARY}
        for device in candidate[7]:
            device[2]["pin"] = CANARY
    inner["sources"][0]["pwd"] = CANARY
    (changed,), inputs = planted({"s.json": json.dumps(content)})
    ended = console("audit", changed, "--site", "in/werk.toml", "--out", "out")
    assert ended.code == 2
    assert_silent(tmp_path, ended, inputs=inputs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "refuse"), crossed(["insecure", "hardened"], [frozenset(), frozenset({"cfg"})])
)
def test_in_a_live_pbx(console, tmp_path, config, refuse):
    given = {"viewer": "Viewer-" + CANARY[:8], "admin": "Admin-" + CANARY[:8]}
    pbx = SimulatedPbx.create(config, CANARY, seed=3, passwords=given)
    with SimulatorServer(pbx, refuse=refuse) as server:
        console.login(pbx)
        ended = console("audit", server.url, *site_option(config), "--out", "out")
        collected = console("collect", server.url, *site_option(config))
    assert (ended.code, collected.code) == (
        {"insecure": 1, "hardened": 4 if refuse else 0}[config],
        4 if refuse else 0,
    )
    key = crypt.pbx_key(CANARY, pbx.admin_key)
    stored = [one.password for one in pbx.objects if one.password]
    names = configuration_of(config).decode()
    clear = {crypt.decrypt(key, field).decode() for field in stored}
    telling = [secret for secret in clear if len(secret) > 4 and secret not in names]
    fields = [field.hex() for field in (*stored, pbx.admin_key)]
    assert len(telling) > 10
    assert_silent(tmp_path, ended, CANARY, *given.values(), *fields, *telling)


@pytest.mark.slow
def test_in_processes_that_score(tmp_path):
    """So many distinct passwords that several processes score them; what those say counts, too."""
    admin_key = bytes(range(16))
    key = crypt.pbx_key("pbx-only", admin_key)
    users = []
    for number in range(MIN_JOBS + 50):
        field = crypt.encrypt(key, f"{CANARY}{number:04}").hex()
        users.append(item(f'<user pwd="{field}"/>', cn=f"U{number}", h323=f"u{number}"))
    users.append(item("<user/>", cn="Hot Desk Base", h323="hot-desk-base"))
    own = crypt.encrypt(key, "pbx-only").hex()
    admin = item(f'<user pwd="{own}" key="{admin_key.hex()}"/>', cn="_ADMIN_", h323="pbx-admin")
    counted = SITE.replace("[target]", f"[target]\nobjects = {len(users)}", 1)
    folder = write(tmp_path / "in", {"cfg.txt": text(HEADER, *users, admin), "werk.toml": counted})
    inputs = set(folder.iterdir())
    arguments = ["audit", "in/cfg.txt", "--site", "in/werk.toml", "--out", "out"]
    arguments += ["--control", "PBX-03", "--control", "PBX-04"]
    ended = execute(arguments, tmp_path, PBX_AUDITOR_PBX_PASSWORD="pbx-only")
    assert ended.code == 0, ended.said
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert {result["status"] for result in report["results"]} == {"passed"}
    assert_silent(tmp_path, ended, CANARY, inputs=inputs)


@pytest.mark.parametrize("wrong", ["PBX_AUDITOR_PASSWORD", "PBX_AUDITOR_PBX_PASSWORD"])
def test_in_the_environment(tmp_path, wrong):
    pbx = SimulatedPbx.create("hardened", "another", seed=3)
    viewer = next(one for one in pbx.accounts if one.role == "viewer")
    login = {"PBX_AUDITOR_USERNAME": viewer.username, "PBX_AUDITOR_PASSWORD": viewer.password}
    with SimulatorServer(pbx) as server:
        ended = execute(
            ["audit", server.url, *site_option(), "--out", "out"],
            tmp_path,
            **(login | {wrong: CANARY}),
        )
    assert ended.code == {"PBX_AUDITOR_PASSWORD": 3, "PBX_AUDITOR_PBX_PASSWORD": 4}[wrong]
    assert_silent(tmp_path, ended)


def test_in_what_is_only_compared(tmp_path):
    inputs = set(
        write(tmp_path / "in", {"cfg.txt": text(HEADER, item("<user/>", cn="A"))}).iterdir()
    )
    names = ("PBX_AUDITOR_ADMIN_PASSWORD", "PBX_AUDITOR_APP_PLATFORM_PASSWORD")
    ended = execute(
        ["audit", "in/cfg.txt", "--out", "out", "--control", "APP-02"],
        tmp_path,
        **dict.fromkeys(names, CANARY),
    )
    assert ended.code == 1, ended.said
    assert_silent(tmp_path, ended, CANARY, inputs=inputs)


def test_in_the_environment_of_an_interrupted_run(tmp_path):
    login = {"PBX_AUDITOR_USERNAME": "viewer", "PBX_AUDITOR_PASSWORD": CANARY}
    with (
        HostilePbx({"/CMD0/box_info.xml": None}) as pbx,
        start(["audit", pbx.url, "--out", "out"], tmp_path, **login) as process,
    ):
        assert pbx.asked.wait(30)
        process.terminate()
        out, err = process.communicate(timeout=30)
    assert CANARY not in out + err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "target",
    [
        f"https://admin:{quote(CANARY, safe='')}@127.0.0.1",
        f"http://admin:{CANARY}@127.0.0.1/cfg.txt",
        f"http://{quote(CANARY, safe='')}@127.0.0.1",
        f"http://127.0.0.1/?password={quote(CANARY)}",
        f"http://127.0.0.1/{quote(CANARY)}",
        f"http://127.0.0.1:{CANARY}",
        f"https://admin:{quote(CANARY, safe='')}@[::1",
        f"https://admin:{quote(CANARY, safe='')}@127.0.0.1:99999",
        f"ftp://admin:{quote(CANARY, safe='')}@127.0.0.1",
        f"https:/admin:{quote(CANARY, safe='')}@127.0.0.1",
        f"//admin:{quote(CANARY, safe='')}@127.0.0.1",
        f"admin:{quote(CANARY, safe='')}@127.0.0.1",
        f"HTTPS//admin:{quote(CANARY, safe='')}@127.0.0.1",
    ],
)
@pytest.mark.parametrize("command", ["audit", "collect"])
def test_in_an_address(console, tmp_path, target, command):
    console.setenv("PBX_AUDITOR_USERNAME", "viewer")
    console.setenv("PBX_AUDITOR_PASSWORD", "x")
    ended = console(command, target)
    assert ended.code == 2
    assert_silent(tmp_path, ended)


@pytest.mark.parametrize(
    "content",
    [
        f'[target]\npassword = "{CANARY}"\n',
        f"[target]\npassword = {CANARY}\n",
        f'password = "{CANARY}\n',
        f'[tls]\nfingerprint = ["{CANARY}"]\n',
        f'[dialling]\ntrunk_prefixes = ["{CANARY}"]\n',
        f'[network]\nallowed = ["{CANARY}"]\n',
        f'[dialling]\nddi_pattern = "[{CANARY}"\n',
        f'[facts.ip_filter]\nvalue = []\nby = "x"\non = "{CANARY}"\nuntil = 2999-01-01\n',
        f'[parameters."HD-01"]\nmin_score = "{CANARY}"\nreason = "x"\n',
    ],
)
def test_in_a_site_file_that_is_refused(console, tmp_path, planted, content):
    (path, cfg), inputs = planted({"site.toml": content, "cfg.txt": configuration_of()})
    ended = console("audit", cfg, "--site", path)
    assert ended.code == 2
    assert_silent(tmp_path, ended, inputs=inputs)


@pytest.mark.parametrize(
    "content",
    [
        f'[[waivers]]\npassword = "{CANARY}"\n',
        f"[[waivers]]\nrule = {CANARY}\n",
        f'[[waivers]]\nrule = "{CANARY}\n',
        waiver_text(waiver_today(rule=CANARY)),
        waiver_text(waiver_today(reason=CANARY), waiver_today(ticket=CANARY)),
        waiver_text(waiver_today()).replace('"base"', f'"({CANARY}"'),
        waiver_text(waiver_today()).replace('"base"', f'"{CANARY}|.*"'),
        waiver_text(waiver_today()).replace("name =", f'guid = "{CANARY}"\nname ='),
        re.sub("expires = .*", f'expires = "{CANARY}"', waiver_text(waiver_today())),
        waiver_text(waiver_today()) + f'configuration = "{CANARY}"\n',
    ],
)
@pytest.mark.parametrize(
    "command", [["audit", "in/cfg.txt", "--waivers"], ["waivers", "lint"], ["waivers", "list"]]
)
def test_in_a_waiver_file_that_is_refused(console, tmp_path, planted, content, command):
    (path, _), inputs = planted({"w.toml": content, "cfg.txt": configuration_of()})
    ended = console(*command, path)
    assert ended.code == 2
    assert_silent(tmp_path, ended, inputs=inputs)


@pytest.mark.parametrize("source", ["s.json", "out/report.json"])
def test_in_what_waivers_are_looked_up_in(console, tmp_path, planted, source):
    cfg, inputs = planted({"cfg.txt": INPUTS["cfg.txt"], "w.toml": ""})
    site = ("--site", tmp_path / "in" / "werk.toml")
    console("collect", cfg[0], *site, "-o", "s.json")
    console("audit", cfg[0], *site, "--waivers", cfg[1], "--out", "out")
    made = waiver_today()
    words = [
        *("--rule", "HD-04", "--name", "hot-desk-base", "--reason", "x", "--owner", "x"),
        *("--approver", "y", "--ticket", "z", "--expires", made.expires.isoformat()),
    ]
    more = ("--bind", "--in", source) if source == "s.json" else ()
    ended = console("waivers", "add", "w.toml", *words, *more)
    assert ended.code == 0
    listed = console("waivers", "audit", "w.toml", "--in", "out/report.json")
    assert_silent(tmp_path, ended, CANARY, STORED[:30], inputs=inputs)
    assert_silent(tmp_path, listed, CANARY, STORED[:30], inputs=inputs)


@pytest.mark.parametrize("place", ["evidence_file.read_configuration", "saved_evidence.assemble"])
def test_in_a_crash(console, tmp_path, planted, monkeypatch, place):
    (path,), inputs = planted({"cfg.txt": INPUTS["cfg.txt"]})

    def crash(*arguments, **_):
        local = CANARY
        raise RuntimeError(f"{local} {arguments}") from ValueError(local)

    monkeypatch.setattr(f"auditor.sources.{place}", crash)
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", CANARY)
    ended = console("audit", path, "--out", "out")
    assert ended.code == 70
    assert console.crashes()
    assert_silent(tmp_path, ended, inputs=inputs)


def test_in_a_check_that_crashes(console, tmp_path, planted, monkeypatch):
    (path,), inputs = planted({"cfg.txt": INPUTS["cfg.txt"]})

    def crash(*_):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("auditor.run.engine.CHECKS", {})
    monkeypatch.setattr("auditor.pbx.view.AuditView.base_users", property(crash))
    ended = console("audit", path, "--out", "out")
    assert ended.code in {1, 4, 70}
    assert_silent(tmp_path, ended, inputs=inputs)


@pytest.mark.parametrize(
    "answer",
    [
        http(b"", "401 Unauthorized", f'WWW-Authenticate: Digest realm="{CANARY}"'),
        http(b"", "302 Found", f"Location: http://127.0.0.1:9/{quote(CANARY)}"),
        http(CANARY.encode() * 10, f"500 {CANARY}"),
        http(f"<info {CANARY}='1'>".encode()),
        http(f"Kennwort {CANARY}\n".encode()),
        CANARY.encode(),
    ],
    ids=["challenge", "redirect", "error", "xml", "text", "no http"],
)
def test_in_what_a_pbx_answers(console, tmp_path, answer):
    console.setenv("PBX_AUDITOR_USERNAME", "viewer")
    console.setenv("PBX_AUDITOR_PASSWORD", "x")
    show = "/PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user=*"
    with HostilePbx(dict.fromkeys(["/CMD0/box_info.xml", "/cfg.txt", show], answer)) as pbx:
        ended = console("audit", pbx.url, "--out", "out")
    assert ended.code in {3, 4}
    assert_silent(tmp_path, ended)


def test_the_search_itself_finds_what_is_there(console, tmp_path, planted):
    """A name is no secret: planted as a name, the same text must be found everywhere."""
    (path,), inputs = planted(
        {"cfg.txt": text(item("<user/>", cn="Vogel7x", h323="hot-desk-base"))}
    )
    ended = console("audit", path, "--site", "in/werk.toml", "--out", "out")
    found = leaks(tmp_path, ended, ["Vogel7x"], inputs)
    told = {"stdout", "report.json", "report.html", "plan.json", "runbook.md", "runbook.html"}
    assert found == told


def test_every_spelling_is_searched_for():
    found = spellings("Geheim-Wort")
    for spelling in ("geheim-wort", "trow-miehe", "47656865696d", "R2VoZWlt", "dlaGVpbS"):
        assert any(spelling.lower() in one for one in found), spelling

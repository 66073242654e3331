"""The PBXs whose evidence is damaged: healthy, insecure, in disorder, and with one defect each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from auditor.model.site import Site
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.site.site_file import load_site
from tests.conservation.defects import DEFECTS, Defect, Edit
from tests.fixtures.pbx import ROOT, simulated, site_of
from tests.remediation.mess import messy, site_for

# Plain users are many and alike: a few of them show as much, in a tenth of the time.
_PLAIN = {"s.baecker", "k.boehm", "m.schaefer", "h.schroeder", "c.suess", "k.tessmer"}
_SEED = 7
MESSES = tuple(range(12))
_LAN = "/sim-networks 10.20.0.0/255.255.0.0"
_SERVICES = (
    f"SIM-LDAP0 /sim-guest-password zAq8-vLm2.Zr5 /sim-force-tls {_LAN}",
    f"SIM-SNMP0 /sim-enable /sim-community zAq8-vLm2.Zr5 /sim-trap {_LAN}",
    f"SIM-HTTP0 /sim-logout 10 {_LAN} /sim-no-native /sim-certificate",
    "SIM-USERS0 /sim-two-factor /sim-length 14 /sim-type PBX%20only",
    "SIM-REG0 /sim-unknown false /sim-log SYSLOG",
    "SIM-TRUNK0 /sim-inside /sim-no-transfer /sim-srtp /sim-tls",
)


@dataclass(frozen=True)
class System:
    """A PBX with the site file that fits it.

    `sound` is the same PBX without its one defect, `controls` are those that the defect violates.
    `add` are further files of its evidence, and lines of its configuration.
    """

    name: str
    pbx: SimulatedPbx
    site: Site
    sound: SimulatedPbx | None = None
    controls: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    text: tuple[str, str] = ("", "")


@cache
def hardened() -> SimulatedPbx:
    """Return the healthy PBX, with the names of options that the tests' own dialect knows."""
    pbx = _small(simulated("hardened"))
    return replace(pbx, modules=(*pbx.modules, *_SERVICES))


@cache
def system_of(name: str) -> System:
    """Return a system by its name: `hardened`, `insecure`, `mess-3`, or the name of a defect."""
    if name == "hardened":
        return System(name, hardened(), _site("hardened"))
    if name == "insecure":
        return System(name, _small(simulated("insecure")), site_of("insecure"))
    if name.startswith("mess-"):
        pbx = _small(messy(int(name.removeprefix("mess-"))))
        return System(name, pbx, site_for(pbx))
    return _defective(next(one for one in DEFECTS if one.name == name))


def names_of_systems() -> tuple[str, ...]:
    """Return the names of all systems."""
    messes = (f"mess-{seed}" for seed in MESSES)
    return ("hardened", "insecure", *messes, *(one.name for one in DEFECTS))


def _defective(defect: Defect) -> System:
    sound = hardened()
    if defect.pbx_password:
        sound = _small(SimulatedPbx.create("hardened", defect.pbx_password, seed=_SEED))
    edit: Edit = defect.edit
    site = _site("hardened")
    return System(
        defect.name,
        edit(sound),
        defect.site(site) if defect.site else site,
        sound,
        defect.controls,
        defect.lines,
        defect.files,
        defect.text,
    )


@cache
def _site(config: str) -> Site:
    """Return the site file of a PBX with the dialect that knows more names."""
    site = load_site(simulated(config).site)
    dialect = str(ROOT / "tests" / "conservation" / "dialect.toml")
    return site.model_copy(update={"target": site.target.model_copy(update={"dialect": dialect})})


def _small(pbx: SimulatedPbx) -> SimulatedPbx:
    return replace(pbx, objects=tuple(one for one in pbx.objects if _kept(pbx, one)))


def _kept(pbx: SimulatedPbx, one: SimulatedObject) -> bool:
    name = one.names.get("h323", "")
    own = {"config", "filter", "cd-filter"} & set(one.attributes)
    special = one.attributes.get("config") != "Config User" or len(own) > 1
    named = name in (site_of(pbx.config).hot_desk.users or ())
    return bool(one.kind) or named or special or name in _PLAIN

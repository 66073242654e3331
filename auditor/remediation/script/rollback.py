"""Take back what remediate.py did, the last step first. Needs remediate.py beside it.

    rollback.py --url https://pbx.example.com                         look only
    rollback.py --url https://pbx.example.com --apply HASH            do it
    rollback.py --url https://pbx.example.com --restore               show what differs
    rollback.py --url https://pbx.example.com --restore --apply HASH  put back what was noted

--restore does not ask who made a difference: it puts back what was noted, whatever is there now.
--everything adds all other objects and lines, as they were before the first step.
"""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

MISSING = "remediate.py is not beside this script / remediate.py liegt nicht neben diesem Skript"


def beside() -> ModuleType:
    """Return the script that lies beside this one, and no other that has its name."""
    place = Path(__file__).resolve().with_name("remediate.py")
    if not place.is_file():  # and with it what speaks the language of whoever reads this
        sys.stderr.write(f"{MISSING}\n")
        sys.exit(2)
    loader = SourceFileLoader("remediate", str(place))
    spec = spec_from_loader(loader.name, loader)
    if spec is None:
        raise FileNotFoundError(loader.path)
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(beside().main(back=True))

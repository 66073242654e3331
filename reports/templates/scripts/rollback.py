#!/usr/bin/env python3
"""Take back what remediate.py did, the last step first. Needs remediate.py beside it.

    rollback.py --url https://pbx.example.com                         look only
    rollback.py --url https://pbx.example.com --apply HASH            do it
    rollback.py --url https://pbx.example.com --restore               show what differs
    rollback.py --url https://pbx.example.com --restore --apply HASH  put back what was noted

--restore does not ask who made a difference: it puts back what was noted, whatever is there now.
--everything adds all other objects and lines, as they were before the first step.
"""

import sys


def isolate():
    """Leave no place to import from but Python's own library, before anything is imported.

    This is what `python -I` does and more: a module beside the script, in the current folder, in
    PYTHONPATH or of a user is never run.
    """
    version = "python{}.{}".format(*sys.version_info)
    usual = f"{sys.base_prefix}/{sys.platlibdir}/{version}"
    library = getattr(sys, "_stdlib_dir", None) or usual
    compiled = (f"{sys.base_exec_prefix}/{sys.platlibdir}/{version}/lib-dynload",)
    compiled += (f"{library}/lib-dynload", f"{sys.base_prefix}\\DLLs")
    own = {library, usual, *compiled, f"{sys.base_prefix}\\{version.replace('.', '')}.zip"}
    sys.path[:] = [library, *(place for place in sys.path if place in own and place != library)]
    sys.dont_write_bytecode = True


if __name__ == "__main__":
    isolate()

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path


def beside():
    """Return the script that lies beside this one, and no other that has its name."""
    loader = SourceFileLoader("remediate", str(Path(__file__).resolve().with_name("remediate.py")))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(beside().main(back=True))

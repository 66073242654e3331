"""The command `pbx-auditor`; maps every way to end onto the documented exit codes."""

from __future__ import annotations

import gc
import os
import sys
from typing import Final

# An audit makes many objects and hardly any cycles; the default costs a third of the time. With
# fewer, those of 100,000 users are all looked at once more.
_GARBAGE_THRESHOLD: Final = 1_000_000


def main() -> None:
    """Run the command line and exit with a code of the contract."""
    if sys.argv[1:] == ["--version"]:  # answered before anything slow is imported
        from auditor import __version__  # noqa: PLC0415

        sys.stdout.write(f"pbx-auditor {__version__}\n")
        return
    gc.set_threshold(_GARBAGE_THRESHOLD)
    from auditor.files.core_dumps import forbid_core_dumps  # noqa: PLC0415

    forbid_core_dumps()  # almost every command is handed a secret
    # Plugins of other packages would see what is validated, secrets included, and cost time.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"
    from auditor.cli.app import run  # noqa: PLC0415

    code = run(sys.argv[1:])
    gc.freeze()  # all that is left ends with the process; to search it for cycles takes time
    sys.exit(code)


if __name__ == "__main__":
    main()

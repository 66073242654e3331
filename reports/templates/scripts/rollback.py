#!/usr/bin/env python3
"""Take back what remediate.py did, the last step first. Needs remediate.py beside it.

rollback.py --url https://pbx.example.com               look only
rollback.py --url https://pbx.example.com --apply HASH  do it
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from remediate import main  # noqa: E402 -- it lies beside this script

if __name__ == "__main__":
    sys.exit(main(back=True))

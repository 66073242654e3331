"""The form in which golden files are kept: what differs can be read line by line.

What changes by itself is replaced first: ports, times, the digests of the rule documents and of a
report, and compressed data, for no two versions of zlib need to agree. Then JSON of one line is
indented and pages are split at their elements; the first line holds the digest of the text before
that, so that a space that appears or goes is noticed, too.
"""

from __future__ import annotations

import hashlib
import json
import re

_PACKED = re.compile(r'(<script type="application/octet-stream"[^>]*>)[^<]*')
_TOOK = re.compile(r"\b[0-9.]+ s at most")
_OF_REPORT = re.compile(r'(<code class="copy">)[0-9a-f]{64}')
# What is long, and is a file of its own elsewhere in the project, or in another golden file.
_LONG = re.compile(r"(<(style|script)\b[^>]*>)(.*?)(?=</\2>)", re.DOTALL)
_DATA = re.compile(r"(data:image/[a-z+]+;base64,)[A-Za-z0-9+/=]{80,}")
_NONCE = re.compile(r"sha256-[A-Za-z0-9+/]{43}=")
_JSON = {".json", ".sarif"}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def steady(content: bytes, volatile: dict[str, str]) -> str:
    """Return what a program wrote, without what is another each time."""
    text = _OF_REPORT.sub(r"\1(digest)", _PACKED.sub(r"\1(packed)", content.decode()))
    for given, stays in volatile.items():
        text = text.replace(given, stays)
    return _TOOK.sub("0 s at most", text)


def kept(name: str, text: str) -> str:
    """Return the text of one file as its golden file holds it."""
    suffix = name[name.rfind(".") :]
    if suffix == ".html":
        shown = _page(text)
    elif suffix in _JSON and "\n" not in text.strip():
        shown = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    else:
        return text
    return f"digest {digest(text)}\n{shown}\n"


def _page(text: str) -> str:
    short = _LONG.sub(lambda found: f"{found[1]}digest {digest(found[3])}", text)
    short = _DATA.sub(lambda found: f"{found[1]}digest-{digest(found[0])}", short)
    lines = re.sub(r"(?<=[^\n])(?=<(?!/))", "\n", _NONCE.sub("sha256-…", short)).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())

"""The branding of a handover: validated, readable, and inert whatever it says."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import BrandingError
from auditor.report.branding import branding_file, logos
from auditor.report.branding.branding_file import load_branding
from auditor.report.branding.logos import LogoError, data_url

PARTIES = '[partner]\nname = "Netzhaus"\n[customer]\nname = "Beispiel AG"\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width=2, height=2, extra=b"", *, body=True):
    rows = b"".join(b"\0" + b"\x15\x62\x37" * width for _ in range(min(height, 8)))
    parts = [
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        extra,
        chunk(b"IDAT", zlib.compress(rows)) if body else b"",
        chunk(b"IEND", b""),
    ]
    return b"".join(parts)


def content_of(url):
    return base64.b64decode(url.partition(",")[2])


def write(folder, text, **files):
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    path = folder / "branding.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file_is_read(tmp_path):
    text = PARTIES.replace("[customer]", 'logo = "p.png"\n[customer]\nlogo = "c.svg"')
    text += '[colours]\naccent = "#0A4F9E"\n[open_points.HD-01]\nowner = "K."\ndue = 2026-12-04\n'
    found = load_branding(write(tmp_path, text, p_png=png(), c_svg=SVG.format("").encode()))
    assert found.partner_logo.startswith("data:image/png;base64,")
    assert found.customer_logo.startswith("data:image/svg+xml;base64,")
    assert found.file.colours.accent == "#0a4f9e"
    assert found.file.open_points["HD-01"].due.isoformat() == "2026-12-04"


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (PARTIES + "[colours]\naccent = '#eeeeee'\n", 6, "contrast"),
        (PARTIES + "[colours]\naccent_dark = '#101010'\n", 6, "contrast"),
        (PARTIES + "[colours]\naccent = 'red;}body{display:none'\n", 6, "form"),
        (PARTIES + "[colours]\nlink = '#000000'\n", 6, "unknown key"),
        ('[partner]\nname = "A"\nlgo = "x"\n[customer]\nname = "B"\n', 3, "unknown key"),
        ('[partner]\nname = ""\n[customer]\nname = "B"\n', 2, "name"),
        (PARTIES + "[open_points.HD-01]\ndue = 'soon'\n", 6, "due"),
        (PARTIES + "broken", 5, "TOML"),
        (PARTIES.replace("[customer]", 'logo = "none.png"\n[customer]'), 3, "cannot be read"),
        (PARTIES.replace("[customer]", 'logo = "fake.png"\n[customer]'), 3, "neither"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, line, word):
    path = write(tmp_path, text, fake_png=b"MZ\x90 this is a program")
    with pytest.raises(BrandingError) as caught:
        load_branding(path)
    assert caught.value.where == f"{path}:{line}"
    assert word in caught.value.message


def test_contrast_is_that_of_the_guideline():
    assert branding_file.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert branding_file.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_png_keeps_its_picture_and_loses_its_texts():
    extra = chunk(b"tEXt", b"Comment\0kilroy") + chunk(b"eXIf", b"kilroy")
    assert content_of(data_url(png(extra=extra))) == png()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        png()[:-6],
        png(body=False),
        png()[:20] + b"\xff" + png()[21:],
        png(width=logos.SIDE + 1),
        png(width=0),
        png(extra=chunk(b"XXXX", b"")),
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xff" + b"IHDR",
        png() + b"x" * logos.LIMIT,
        b"<svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'",
        b"<html><svg xmlns='http://www.w3.org/2000/svg'/></html>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG.format("&a;").encode(),
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(LogoError):
        data_url(content)


@given(st.binary(max_size=400))
def test_any_octets_are_a_picture_or_refused(content):
    for candidate in (content, b"\x89PNG\r\n\x1a\n" + content, b"<svg>" + content):
        try:
            assert data_url(candidate).startswith("data:image/")
        except LogoError:
            continue


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<rect onload='alert(1)' onclick='alert(1)'/>",
        "<image href='https://example.com/a.png'/>",
        "<use href='https://example.com/a.svg#b'/>",
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
        "<a href='javascript:alert(1)'><rect/></a>",
        "<style>@import 'https://example.com/a.css'</style>",
        "<rect style='fill:url(https://example.com/a)'/>",
        "<rect fill='url(https://example.com/a)'/>",
        "<rect fill='URL(//example.com/a)'/>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
        "<?xml-stylesheet href='https://example.com/a.css'?>",
        "<g><g><script>alert(1)</script></g></g>",
        "<rect xmlns:x='http://www.w3.org/1999/xlink' x:href='https://example.com'/>",
    ],
)
def test_an_svg_keeps_nothing_that_runs_or_loads(inside):
    cleaned = content_of(data_url(SVG.format(f"{inside}<path d='M0 0'/>").encode())).decode()
    for word in ("script", "alert", "example.com", "href", "style", "on", "foreign", "url(h"):
        assert word not in cleaned.replace("http://www.w3.org/2000/svg", ""), cleaned
    assert 'd="M0 0"' in cleaned


def test_an_svg_keeps_its_own_gradient():
    inside = "<linearGradient id='a'/><rect fill='url(#a)' width='9'/>"
    assert 'fill="url(#a)"' in content_of(data_url(SVG.format(inside).encode())).decode()

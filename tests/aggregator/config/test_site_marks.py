"""Tests of the settings of the site's owner: logo, footer links, registrations, colors, text."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.load import ConfigErrors, parse_config
from aggregator.config.logo import MAX_LOGO_BYTES, read_logo

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><path d="M0 0h9"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (300).to_bytes(4) + (100).to_bytes(4) + b"\x08\x06\0\0\0"


def problems(text: str, folder: Path) -> list[str]:
    try:
        parse_config(text.encode(), folder / "config.toml", {"SECRET": "hidden.svg"})
    except ConfigErrors as error:
        return [str(problem).removeprefix(f"{folder}/") for problem in error.problems]
    return []


def test_marks_are_read(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_bytes(SVG)
    text = """[site]
logo = "logo.svg"
about = "一段。"
footer = [{title = "联系", url = "/about#contact"}, {title = "信箱", url = "mailto:a@b.example"}]
icp = "京ICP备2024000001号-1"
police = "京公网安备 11010502030143号"
theme_color = "#ffffff"
"""
    site = parse_config(text.encode(), tmp_path / "config.toml", {}).site
    assert [link.title for link in site.footer] == ["联系", "信箱"]
    assert (site.icp, site.theme_color, site.theme_color_dark) == ("京ICP备2024000001号-1", "#ffffff", "#141517")
    assert read_logo(tmp_path / "logo.svg").aspect == 3


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ('icp = "12345678"', "config.toml:2: site.icp: write the number as it was issued, such as"),
        ('police = "京公网安备123号"', "config.toml:2: site.police: write the number as it was issued, with 14 digits"),
        ('theme_color = "red"', 'config.toml:2: site.theme_color: write a color as "#rrggbb"'),
        (
            'footer = [{title = "a", url = "javascript:x"}]',
            "config.toml:2: site.footer[1].url: write a full address that begins with http:// or https://",
        ),
        ('footer = [{title = "a", url = "//evil.example"}]', "config.toml:2: site.footer[1].url: write a full address"),
        ('footer = [{title = "a"}]', "config.toml:2: site.footer[1].url: is missing"),
        (
            'footer = [{titel = "a", url = "/about"}]',
            'config.toml:2: site.footer[1].titel: there is no such setting; did you mean "title"?',
        ),
        ('logo = "none.svg"', "config.toml:2: site.logo: there is no such file; write its path relative to this file"),
        ('logo = "${SECRET}"', "config.toml:2: site.logo: there is no such file; write its path relative to this file"),
        ('logo = "text.svg"', "config.toml:2: site.logo: is neither an SVG nor a PNG picture (found 'text.svg')"),
        ('logo = "large.png"', "config.toml:2: site.logo: is larger than 50 KB"),
        ('logo = "shapeless.svg"', "config.toml:2: site.logo: has no size; give its svg element a viewBox"),
        ('about = ""', "config.toml:2: site.about: "),
    ],
)
def test_errors_name_the_place(tmp_path: Path, line: str, start: str) -> None:
    (tmp_path / "text.svg").write_text("not a picture")
    (tmp_path / "large.png").write_bytes(PNG + bytes(MAX_LOGO_BYTES))
    (tmp_path / "shapeless.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'></svg>")
    found = problems(f"[site]\n{line}\n", tmp_path)
    assert any(problem.startswith(start) for problem in found), found
    assert "hidden.svg" not in "".join(found)


@pytest.mark.parametrize(
    ("body", "aspect"),
    [
        (PNG, 3),
        (SVG, 3),
        (b"<svg width='200' height='50'>", 4),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<svg\n  viewBox="0,0,10,5" width="100%">', 2),
    ],
)
def test_the_shape_of_a_logo(tmp_path: Path, body: bytes, aspect: float) -> None:
    (tmp_path / "logo").write_bytes(body)
    assert read_logo(tmp_path / "logo").aspect == aspect

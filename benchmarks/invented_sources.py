"""Lists of invented sources for ``[polling] sources_from``."""

from __future__ import annotations

from pathlib import Path


def write_lists(folder: Path, count: int) -> dict[str, Path]:
    """Write the same sources as one TOML file, one OPML file, and a file each; return what it is -> config.toml."""
    (folder / "sources.d").mkdir(parents=True)
    tables = [_table(number) for number in range(count)]
    (folder / "all.toml").write_text("\n".join(tables), "utf-8")
    outlines = "\n".join(
        f'<outline type="rss" text="报纸{number}" xmlUrl="https://news{number}.example.org/feed.xml"/>'
        for number in range(count)
    )
    document = f"<opml version='2.0'><body><outline text='社会'>\n{outlines}\n</outline></body></opml>"
    (folder / "all.opml").write_text(document, "utf-8")
    for number, table in enumerate(tables):
        _path(folder, number).write_text(table, "utf-8")
    written = {"one TOML file": "all.toml", "one OPML file": "all.opml", "a file each": "sources.d/*.toml"}
    return {name: _config(folder, name, place) for name, place in written.items()}


def change_one(folder: Path, number: int) -> None:
    """Give a source another title."""
    _path(folder, number).write_text(_table(number).replace("报纸", "日报"), "utf-8")


def _path(folder: Path, number: int) -> Path:
    return folder / "sources.d" / f"{number:05}.toml"


def _table(number: int) -> str:
    address = f"https://news{number}.example.org/feed.xml"
    more = 'category = "society"\nregion = "370400"'
    return f'[[sources]]\nurl = "{address}"\nslug = "news-{number}"\ntitle = "报纸{number}"\n{more}\n'


def _config(folder: Path, name: str, place: str) -> Path:
    path = folder / f"{name.replace(' ', '-')}.toml"
    path.write_text(f'[polling]\nsources_from = ["{place}"]\n', "utf-8")
    return path

"""Help in Chinese, wrapped by the width of its characters."""

from __future__ import annotations

from collections.abc import Iterable

import click

from gedi.wide_text import width_of, wrap

_MIN_WIDTH = 11  # columns of a text, as in click


class WideHelpFormatter(click.HelpFormatter):
    """Wraps paragraphs and definitions between Chinese characters."""

    def write_text(self, text: str) -> None:
        """Write paragraphs; one that begins with \\b keeps its lines."""
        indent = " " * self.current_indent
        width = max(self.width - self.current_indent, _MIN_WIDTH)
        for number, paragraph in enumerate(text.split("\n\n")):
            verbatim = paragraph.lstrip(" ").startswith("\b")
            lines = paragraph.lstrip(" ").split("\n")[1:] if verbatim else wrap(paragraph, width)
            self.write(("\n" if number else "") + "".join(f"{indent}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names with their descriptions beside them."""
        definitions = list(rows)
        column = min(max(width_of(name) for name, _ in definitions), col_max) + col_spacing
        width = max(self.width - column - self.current_indent, _MIN_WIDTH)
        margin = " " * (column + self.current_indent)
        for name, text in definitions:
            lines = wrap(text, width) if text else [""]
            gap = " " * (column - width_of(name)) if width_of(name) <= column - col_spacing else f"\n{margin}"
            self.write(f"{' ' * self.current_indent}{name}{gap if text else ''}")
            self.write(f"\n{margin}".join(lines) + "\n")


class WideContext(click.Context):
    """Formats help by the width of Chinese characters."""

    formatter_class = WideHelpFormatter

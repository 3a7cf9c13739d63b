"""The shipped ``config.toml``: every setting at its default with a comment, and the sources it comes with.

In the repository ``gedi/config.toml`` is a link to the file at the top; in an installed wheel it is a copy.
``python -m gedi.config_template`` prints it, with comments in the language of the environment.
"""

from __future__ import annotations

import os
import sys
from importlib.resources import files

from aggregator.texts import language_of, use_language
from gedi.config_comments import localize_comments


def config_template() -> str:
    """Return the text of the shipped ``config.toml``."""
    return files("gedi").joinpath("config.toml").read_text("utf-8")


if __name__ == "__main__":
    with use_language(language_of(os.environ).language):
        sys.stdout.write(localize_comments(config_template()))

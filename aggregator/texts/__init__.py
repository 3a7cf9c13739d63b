"""Texts of the command line and of the config check, in English and Simplified Chinese.

English is the text in the code; Chinese is a gettext catalog with the English text as its key. ``t`` translates at
once, for what is shown. ``Phrase`` is for values that travel: in JSON, logs and the database it is English, and
``localize`` translates it where it is shown. Imports ``aggregator.messages`` only when a message is shown.
"""

from aggregator.texts.catalog import (
    CHINESE,
    ENGLISH,
    counted,
    current_language,
    joined,
    localize,
    reason_of,
    t,
    translate,
    use_language,
)
from aggregator.texts.environment import Choice, language_of
from feeds.phrase import Phrase

__all__ = [
    "CHINESE",
    "ENGLISH",
    "Choice",
    "Phrase",
    "counted",
    "current_language",
    "joined",
    "language_of",
    "localize",
    "reason_of",
    "t",
    "translate",
    "use_language",
]

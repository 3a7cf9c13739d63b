"""Messages: what the program states about polls, errors and decisions, as a code with parameters.

Code stores and compares ``Message`` values; only ``render`` turns one into words, in any language of the site. Each
module beside this one declares the codes of one kind with their text in Simplified Chinese; the other languages are
gettext catalogs under ``translations/`` (``make translations``). Imports nothing else of the project.
"""

from aggregator.messages.message import TEXT, Code, Message, Param
from aggregator.messages.rendering import ENGLISH, LANGUAGES, english, render

__all__ = ["ENGLISH", "LANGUAGES", "TEXT", "Code", "Message", "Param", "english", "render"]

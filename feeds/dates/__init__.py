"""Parse the dates that feeds contain, from RFC 3339 to Chinese words.

Start with ``parse.py``.
"""

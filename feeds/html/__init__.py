"""HTML pages: bounded parsing, h-feed and feed autodiscovery.

Start with ``parse.py``.
"""

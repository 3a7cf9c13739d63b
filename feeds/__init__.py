"""FORMATS: convert bytes to a Feed and a Feed to bytes.

All functions are pure and work on frozen values: no database, no Flask, no network, no clock (the current time is an
argument). Imports nothing else of the project. Start with ``model.py``, ``read.py`` and ``write/atom.py``.
"""

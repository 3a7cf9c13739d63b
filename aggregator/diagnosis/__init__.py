"""Examine a configured installation: the database, its surroundings, and what it reaches (``gedi doctor``).

Start with ``examination.py``, which lists the checks. ``opening.py`` finds why a database cannot be opened; the other
modules need one that can. A check yields findings, each with a remedy and, where that is safe, with what mends it.
"""

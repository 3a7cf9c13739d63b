"""The public methods of the store, with their SQL: one file for each concern, combined in ``store.py``.

Each file has a part of ``Store`` (each method one transaction) and, where needed, a part of ``Writer`` (several methods
in one write transaction). Imports the modules of ``aggregator.store``; callers import ``aggregator.store``, never this
folder.
"""

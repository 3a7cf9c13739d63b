"""The public API of the store, one class for each group of callers; ``Store`` combines them.

Start with ``store.py``. Callers import ``aggregator.store``, never this folder.
"""

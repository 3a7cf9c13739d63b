"""Find the region of an item: place-name mentions, their weights, and disambiguation. Pure.

Start with ``locate.py``.
"""

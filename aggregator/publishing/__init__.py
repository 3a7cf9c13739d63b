"""Render stored items as feed documents: which items, as which entries, as which bytes.

May import config, store, steps and the writers of ``feeds``. The same items give the same bytes in every process.
Start with ``render.py``; ``channels.py`` defines what each output feed is about.
"""

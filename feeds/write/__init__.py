"""Write Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1 from one ``Feed`` value.

Start with ``atom.py``; ``normalize.py`` prepares a value for all three writers.
"""

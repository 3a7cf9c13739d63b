"""Write Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1 from one ``Feed`` value; equal values give equal bytes.

Imports ``feeds.json`` for its extension member and ``feeds.xml`` for namespaces. Start with ``atom.py``;
``normalize.py`` prepares a value for all three writers.
"""

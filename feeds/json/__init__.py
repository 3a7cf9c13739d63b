"""JSON Feed 1.1: read it, also when damaged, and the extension member ``_gedi``.

Imports the XML folder for shared limits and helpers. Start with ``read.py``.
"""

"""RSS and Atom: repair, tokenize and normalize the document, then parse it with feedparser.

Start with ``read.py``, the only importer of feedparser.
"""

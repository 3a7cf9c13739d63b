"""Serve rendered feeds as stored bytes, before Flask is reached.

Start with ``wsgi.py``.
"""

"""The feed endpoints: rendered feeds served as stored bytes in front of Flask.

Start with ``wsgi.py``.
"""

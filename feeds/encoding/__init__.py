"""Decode bytes to text: declared, detected and damaged encodings. Pure.

Start with ``decode.py``.
"""

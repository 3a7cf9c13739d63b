"""Decode bytes to text: declared, detected and damaged encodings.

Start with ``decode.py``.
"""

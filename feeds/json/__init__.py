"""Read JSON Feed 1.1, also damaged ones, and write our extension member.

Start with ``read.py``.
"""

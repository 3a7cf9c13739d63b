"""Turn a feed entry into a draft item: identify, clean, sanitize, filter. Pure.

Start with ``clean.py``; ``identify.py`` decides which stored item an entry is.
"""

"""Detect reprints and group items into stories; related items, hotness and quotas. Pure.

Start with ``cluster.py`` (which story) and ``compare.py`` (reprint, rewrite or further report).
"""

"""Reference data: administrative divisions (GB/T 2260), their names, and the category tree.

May import ``aggregator.model`` only. Data files are in ``aggregator/data``.
"""

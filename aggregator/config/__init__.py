"""Load, validate and watch ``config.toml``, and import or export its sources as OPML.

May import ``aggregator.fetching``, ``aggregator.reference``, ``aggregator.steps`` and below; no database, no network.
Start with ``settings.py`` (the shape of the file) and ``load.py`` (a file to a ``Config`` or to every error at once).
"""

"""Fetch documents over HTTP: one guarded, rate-limited request whose outcome is always a value.

May import ``aggregator.model`` and ``aggregator.runtime``. The only outgoing sockets of the project.
Start with ``fetcher.py``; ``address_guard.py`` (no private addresses) and ``host_limiter.py`` (no crowding of hosts)
enforce its two promises.
"""

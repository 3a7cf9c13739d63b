"""The command line: the only package that may import ``web``, ``aggregator`` and ``feeds``. One file a command.

Start with ``cli.py``, the table of commands.
"""

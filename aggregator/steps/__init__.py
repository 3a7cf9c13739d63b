"""The steps an item goes through, one verb a file, all PURE.

Each takes frozen values, settings and ``now`` as arguments and returns values: no clock, no network, no
database, no module state but constant tables.
"""

"""The pure steps an item passes through, in folders by concern.

Each takes frozen values, settings and ``now`` as arguments and returns values: no clock, network, database or module
state except constant tables. Imports ``reference``, ``model`` and ``messages``.
"""

"""When to poll a source, and running the polls that are due.

``schedule.py`` and what it imports are pure: ``now`` and the random generator are arguments. ``poll_runner.py`` runs
claimed polls concurrently. May import config, store, intake, ``services`` and below.
"""

"""Turn a fetched document into drafts and place them in stories.

May import the store, learning, config and all steps. Start with ``digest.py`` (pure, runs in a worker process) and
``story_placement.py`` (runs inside the write transaction).
"""

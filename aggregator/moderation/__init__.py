"""What admins do, for the pages, the commands and the API: actions that are logged and can be undone, and the queues.

Begin with ``actions.py``. May import ``aggregator.corrections`` and the layers below it.
"""

"""The service: polls sources, parses and classifies what they publish, stores it, and renders feeds.

May import ``feeds``; never ``web`` or ``gedi``. Sockets are in ``fetching``, SQL in ``store``; ``steps`` are pure.
Start with ``pipeline.py``.
"""

VERSION = "1.0.0"
MODEL_FILE = "gedi.model.npz"  # the trained category model, beside the config

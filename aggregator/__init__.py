"""SERVICE: polls sources, understands what they publish, keeps it, and renders feeds.

The law of this folder: no Flask. Steps are pure; the network is behind ``fetch``; SQL is behind ``store``.
It imports ``feeds`` and nothing of ``web`` or ``gedi``.
"""

VERSION = "0.1.0"
MODEL_FILE = "gedi.model.npz"  # the trained category model, beside the config

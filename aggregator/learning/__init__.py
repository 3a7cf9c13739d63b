"""The category classifier: features, training and inference with numpy.

May import ``aggregator.model``, ``aggregator.steps`` and below. Start with ``classifier.py`` (inference) and
``trainer.py``.
"""

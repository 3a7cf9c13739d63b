"""Background jobs beside polling: article fetch, push intake, retraining, reclassification, heartbeat, conversion.

May import everything in ``aggregator`` but ``scheduler``, which starts them.
"""

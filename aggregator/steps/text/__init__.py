"""Text primitives that the other steps share: normalization, segmentation, terms, n-grams. Pure.

Imports no other step.
"""

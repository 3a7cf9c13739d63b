"""Text primitives that the other steps share: normalization, boilerplate, segmentation, terms,
n-grams. Pure.

Imports no other step.
"""

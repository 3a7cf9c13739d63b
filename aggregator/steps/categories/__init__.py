"""Choose the category of an item from rules, publisher terms, keywords and the classifier. Pure.

Start with ``categorize.py``.
"""

"""The demo's sample outlets: fictional texts, published over local HTTP by outlets that do not exist.

Nothing here is real: no outlet, person or event. ``article_texts`` loads the articles, ``assignment`` decides which
outlet publishes which, ``rewriting`` in which form, ``timeline`` when, ``state`` what is visible at a time, and
``server`` serves it.
"""

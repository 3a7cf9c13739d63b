"""Read sources that are not feeds: HTML and JSON lists described by selectors.

Start with ``html_list.py``; ``guess_selectors.py`` proposes selectors for ``gedi check``.
"""

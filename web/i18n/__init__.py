"""Languages of the site: gettext catalogs, localized names and times.

Start with ``language.py``.
"""

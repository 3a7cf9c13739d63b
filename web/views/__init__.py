"""View models and template helpers: the data that pages show, without routes.

May import ``web.i18n`` and ``web.site``; never ``web.pages``.
"""

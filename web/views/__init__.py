"""View models and template helpers: what pages show, without routes.

May import ``web.i18n`` and ``web.site``; never ``web.pages``.
"""

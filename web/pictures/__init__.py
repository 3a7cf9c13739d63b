"""Thumbnails of pictures, from the store, in front of the pages. Begin with ``wsgi``."""

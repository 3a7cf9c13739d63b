"""The API as tools for language-model clients, by the Model Context Protocol (MCP).

Start with ``tools.py``, the table of tools; ``server.py`` alone imports the SDK, which is an optional dependency.
"""

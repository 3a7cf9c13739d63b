"""Processes, threads, memory and log lines: what the service runs on, without knowledge of news.

Imports nothing else of the project. Start with ``process_pool.py`` (worker processes with time and memory limits).
"""

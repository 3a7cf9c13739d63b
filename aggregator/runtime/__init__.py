"""Processes, threads, memory, log lines and the wall clock: what the service runs on, without knowledge of news.

Imports nothing else of the project. Start with ``process_pool.py`` (worker processes with time and memory limits).
"""

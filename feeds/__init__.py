"""FORMATS: bytes to a Feed and a Feed to bytes.

The law of this folder: pure functions over frozen values. No database, no Flask, no network, no clock
("now" is an argument). It imports nothing of the rest of the project.
"""

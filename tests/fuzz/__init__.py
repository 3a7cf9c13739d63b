"""Fuzzing of what takes bytes from others: doors, a kept corpus (tests/corpus), mutations, a long run (make fuzz)."""

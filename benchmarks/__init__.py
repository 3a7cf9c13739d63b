"""Benchmarks of speed and quality, compared with a peer or a limit in the same run; the tests assert none of them."""

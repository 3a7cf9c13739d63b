"""Tests of docs/deploy: the image, the wheel, units, compose files and monitoring."""

"""``python -m gedi``."""

from gedi.cli import main

main(prog_name="gedi")

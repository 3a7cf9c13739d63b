"""A long run in short: the service over sample outlets while the wall clock of all processes runs fast."""

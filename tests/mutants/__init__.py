"""Mutation testing: small faults are put into the code, each alone, and tests must fail (make mutants)."""

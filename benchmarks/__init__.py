"""Speed and quality, measured beside a peer or a limit in the same run; never asserted in the tests."""

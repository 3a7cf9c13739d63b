import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the service: each test runs on one core

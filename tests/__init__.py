import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the service, for a core is all a test has

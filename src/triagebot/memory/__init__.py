"""What was learned from a repository: its label model, its likely duplicates, and the vectors behind both.

Numbers only: nothing here does I/O but to load the embedder. Rows come in as `core.history.PastIssue`
and models go out as bytes; the store keeps both.
"""

import os

# Set before NumPy is first imported. Its matrices are small here, and threads that wait for each other
# on a busy machine made a fit fifteen times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

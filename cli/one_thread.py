"""Imported before numpy: its matrices are small, and threads only get in each other's way.

Measured on two busy cores: a search took fifty times as long with two threads as with one.
"""

from __future__ import annotations

import os

for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

"""``python -m workers.drop DIR...``: the watcher that ``voxpress up`` runs."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from pipeline.errors import VoxpressError
from storage.settings import load_settings
from tasks.context import open_context
from workers.drop.service import run_watcher

if __name__ == "__main__":
    try:
        run_watcher(open_context(load_settings().settings), [Path(folder) for folder in sys.argv[1:]])
    except VoxpressError as error:
        logging.getLogger("workers.drop").error("%s", error)
        sys.exit(1)

"""Read by every Python that is started with this folder in PYTHONPATH: engines' libraries without sizes of their own
are made small there."""

from tests.small_chatterbox import install

install()

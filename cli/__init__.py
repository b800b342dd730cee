"""The ``voxpress`` command: words and screens only. The work is below."""

"""How the sample books are made from their texts; ``samples/build.py`` is the door."""

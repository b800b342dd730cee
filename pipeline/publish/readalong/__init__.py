"""Read-along EPUB 3: the book's own pages, and every sentence and word of them tied to the audio.

One door: ``write_readalong``. What it is given is in ``narration``.
"""

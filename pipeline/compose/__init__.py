"""Books made of books: an article as a person would read it aloud, a digest of several, what is to be told of one.

All of it is ``Book -> Book`` or ``Book -> text``, pure, and one noun a module. ``pipeline.ingest`` calls ``articles``
as the last step of reading a source, with what the settings ask for.
"""

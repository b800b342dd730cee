"""How well sources are read and worded, beside the alternatives, on files whose truth is known.

Each module of this package measures one set and offers ``measure(corpus) -> Table | None``; the sets are
listed in ``bench.reading.__main__``. ``corpus`` is a folder of the shape of the sample folder: ``epub/``,
``pdf/``, ``web/articles/``, ``spoken/LANGUAGE/``, ``sentences/``; a set that is not there is left out.
"""

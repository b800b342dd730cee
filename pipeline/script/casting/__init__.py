"""Casting: several voices in one book.

    chapter --lines--> who says what --cast--> readers --script--> chunks of several voices

Who says what is known from the source's own marks (``marked_lines``), from how plays and transcripts are printed
(``printed``), and from what stands around quotations (``quotes``, ``attribution``). Unsure is the narrator: a line
in the wrong voice disturbs more than one in the narrator's.
"""

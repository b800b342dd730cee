"""Conversations about a source: two or more hosts, and a script that a person can read and edit.

    book --interview | dialogue--> talk --files--> talk file --ingest--> book with speeches

``talk`` has the types, ``files`` the file, ``told`` the chapters of a book that says it; ``interview`` and
``dialogue`` are the two ways to make one from ``sections`` of a source, ``phrases`` what hosts say that no
source has; ``support`` checks what is claimed, ``overlaps`` decides when somebody enters before another has
ended.
"""

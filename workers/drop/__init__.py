"""Drop folders: what is put into one comes out as a book.

watcher ── inbox (scan, lock) ── complete? ── taking (ledger) ── submitting ── following ── settling ── telling
"""

"""Getting large files that somebody else offers: models and voices. Whole or not at all, resumed, and verified."""

"""Notes and voice memos: what somebody wrote or said for a show of their own."""

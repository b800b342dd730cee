"""Processes: the embedded broker and its workers, and what keeps them from outliving their owner."""

"""What ``feed validate`` looks at: each module one thing, each finding one sentence and what to do."""

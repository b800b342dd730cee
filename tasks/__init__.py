"""The Celery app, the tasks, the production graph, submission and reconciliation. No media code."""

"""What is made: pure stages and their types.

    source --ingest--> book --script--> script --speak--> takes --master--> chapter audio --publish--> edition

Nothing here knows Celery, a database or a command line; ``storage``, ``tasks``, ``workers`` and ``cli``
are built on top of it and are never imported from it.
"""

"""The composition root: the only place where implementations are chosen.

`store` opens the database, `web` and `worker` build the two processes of the service, `serve` runs
them, and `inspect` answers the command line's questions.
"""

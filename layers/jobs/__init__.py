"""
Long work, kept in the database: it is done once however often a worker dies.

`layers.jobs.kinds` says what a kind of work is, `requests` asks for one and tells how far it is,
`attempt` does it, `worker` is the process that does. Which kinds there are: `layers.job_kinds`.
"""

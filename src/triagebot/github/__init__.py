"""GitHub over REST: authentication, reading, and the only place that writes.

`GitHubClient` sends, `GitHubDoor` hands out readers, `ActionExecutor` writes, `WriteGovernor` paces the
writes, `HookDeliveries` lists and redelivers what GitHub could not deliver.
"""

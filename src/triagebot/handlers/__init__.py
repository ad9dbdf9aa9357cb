"""One module a feature: `handle()` reads and returns a decision, `decide()` is pure."""

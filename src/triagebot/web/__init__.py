"""The web process: stores deliveries, says how it is, and does nothing else.

It stays light and quick to start: no model, no GitHub client and no job engine is imported here.
"""

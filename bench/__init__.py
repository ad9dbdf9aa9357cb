"""Benchmarks on this computer only: everything they talk to listens on loopback, and they end by themselves."""

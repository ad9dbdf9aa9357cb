"""triagebot: a self-hosted GitHub App that triages issues and reviews pull requests."""

__version__ = "0.1.0"

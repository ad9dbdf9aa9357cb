"""triagebot: a self-hosted GitHub App that labels issues and pull requests, and says why."""

__version__ = "0.1.0"

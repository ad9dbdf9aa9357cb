"""Durable work: from a stored delivery to a finished one, across crashes and between workers."""

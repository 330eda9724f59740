"""The local cloud: the real function behind plain HTTP, on an embedded AWS."""

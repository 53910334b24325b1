"""The repair of a partition."""

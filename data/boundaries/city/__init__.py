"""The synthetic sample city: how its streets, blocks, buildings and people are drawn."""

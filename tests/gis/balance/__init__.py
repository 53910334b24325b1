"""Tests of the balancing."""

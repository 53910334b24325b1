"""Tests of the walking network."""

"""Tests of the spatial computation, one file for each source file."""

"""Tests of what is stored, on a real PostGIS, one file for each source file."""

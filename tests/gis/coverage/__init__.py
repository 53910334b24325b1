"""Tests of gis/coverage."""

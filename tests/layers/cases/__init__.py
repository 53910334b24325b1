"""Tests of cases, on a real PostGIS."""

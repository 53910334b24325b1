"""Tests of drafts, on a real PostGIS."""

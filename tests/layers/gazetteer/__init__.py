"""Tests of finding places."""

"""Tests of import and export, one file for each source file."""

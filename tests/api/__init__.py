"""Tests of HTTP and the command line, one file for each source file."""

"""The service: HTTP, pages, reports and the command line."""

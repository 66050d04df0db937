"""Assembly, supervisor and command line: the one place that knows every room."""

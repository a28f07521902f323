"""Thin commands: read what was typed, call, show the result."""

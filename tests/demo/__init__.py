"""Tests of the demo, and of what tests/e2e compares it with."""

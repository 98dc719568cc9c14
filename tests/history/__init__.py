"""The history: pure planning, and statistics in a real recorder against the simulated platform."""

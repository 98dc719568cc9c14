"""Tests of what the demo shows: a real Home Assistant beside the simulated platform; run by script/demo --check."""

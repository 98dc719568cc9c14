"""Tests of what a person sees, in a real browser on a real Home Assistant; run by script/test-browser."""

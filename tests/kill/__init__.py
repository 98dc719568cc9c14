"""Tests that kill a real Home Assistant; run by script/test-kill."""

"""Tests of the repository itself: its structure, its metadata and its documents."""

"""Tests of the platform's client, one module for each of its own."""

"""Tests of the Reengen integration, laid out as the code they test."""

"""Tests of the commands below script/."""

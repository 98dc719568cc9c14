"""Only the pinned axe-core is taken, from the registry that npm is set to."""

import pytest

from script.lib.axe_core import registry, script_of


def test_another_package_is_refused() -> None:
    with pytest.raises(ValueError, match="checksum"):
        script_of(b"another package")


def test_the_registry_is_the_one_that_npm_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://registry.invalid/npm/")
    assert registry() == "http://registry.invalid/npm"

"""The workflows are valid, pinned, modest in what they may, and call what exists; a release is what the store unpacks."""

from collections.abc import Iterator
import os
from pathlib import Path
import re
import subprocess
from typing import Any
from zipfile import ZipFile

from homeassistant.util.yaml import load_yaml_dict
import pytest

from .paths import ROOT, manifest, read_json

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.y*ml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow."""
    found: dict[str, dict[str, Any]] = load_yaml_dict(str(path))["jobs"]
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the steps of all jobs of a workflow."""
    for job in jobs(path).values():
        yield from job.get("steps", [])


def test_there_is_one_for_each_purpose() -> None:
    assert [path.stem for path in WORKFLOWS] == ["canary", "check", "release", "validate"]


@every_workflow
def test_it_is_allowed_nothing_but_what_a_job_needs(path: Path) -> None:
    assert load_yaml_dict(str(path))["permissions"] == {}
    for name, job in jobs(path).items():
        wanted = {"contents": "write"} if (path.stem, name) == ("release", "zip") else {"contents": "read"}
        assert job["permissions"] == wanted, name


@every_workflow
def test_it_runs_once_at_a_time_and_ends(path: Path) -> None:
    assert load_yaml_dict(str(path))["concurrency"].keys() == {"group", "cancel-in-progress"}
    for name, job in jobs(path).items():
        assert "uses" in job or job["timeout-minutes"] <= 60, name


@every_workflow
def test_every_action_is_pinned_and_its_version_told(path: Path) -> None:
    used = re.findall(r"uses: (.+)$", path.read_text(), re.MULTILINE)
    own = [each for each in used if each.startswith("./")]
    assert all((ROOT / each).is_file() for each in own)
    assert used
    for each in set(used) - set(own):
        assert re.fullmatch(r"[\w-]+/[\w/.-]+@[0-9a-f]{40} # (v\d+\.\d+\.\d+|main|master)", each), each


@every_workflow
def test_a_check_out_keeps_no_credentials(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


@every_workflow
def test_what_it_runs_exists_and_is_executable(path: Path) -> None:
    for step in steps(path):
        for named in re.findall(r"(?<![\w/])(?:script|\.ci)/[\w./-]*\w", step.get("run", "")):
            assert (ROOT / named).is_file(), named
            assert os.access(ROOT / named, os.X_OK) or named.endswith(".py"), named


@every_workflow
def test_no_text_of_others_becomes_a_command(path: Path) -> None:
    """What GitHub fills into a command would be run by the shell; it comes by the environment."""
    assert [step for step in steps(path) if "${{" in step.get("run", "")] == []


def test_the_versions_are_those_that_are_supported() -> None:
    matrix = jobs(GITHUB / "workflows" / "check.yml")["check"]["strategy"]["matrix"]["home-assistant"]
    pinned = re.search(r"^default_ha_version=(.+)$", (ROOT / "script/lib/options.sh").read_text(), re.MULTILINE)
    assert pinned is not None
    assert matrix[0] == pinned[1]
    assert [version.rpartition(".")[0] for version in matrix] == ["2026.10", "2026.11"]
    assert read_json(ROOT / "hacs.json")["homeassistant"].startswith("2026.10.")


def test_the_check_runs_what_has_to_hold() -> None:
    """The steps of `.ci/run`, for each version."""
    demanded = set(re.findall(r"^(script/[\w-]+)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE))
    run = {step["run"].split()[0] for step in steps(GITHUB / "workflows" / "check.yml") if "run" in step}
    assert demanded
    assert demanded <= run


def test_canary_and_validation_come_by_themselves() -> None:
    for name in ("canary", "validate"):
        assert re.search(r"^ +- cron: ", (GITHUB / "workflows" / f"{name}.yml").read_text(), re.MULTILINE)


def release_zip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script that packs a release."""
    return subprocess.run(  # noqa: S603
        [str(ROOT / "script" / "release-zip"), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_release_is_the_committed_integration_without_a_folder_around_it() -> None:
    done = release_zip(f"v{manifest()['version']}")
    assert done.returncode == 0, done.stderr
    listing = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD:custom_components/reengen"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    with ZipFile(ROOT / ".release" / read_json(ROOT / "hacs.json")["filename"]) as packed:
        names = {name for name in packed.namelist() if not name.endswith("/")}
        assert packed.testzip() is None
    assert names == set(listing.splitlines())
    assert {"manifest.json", "__init__.py", "translations/en.json", "brand/icon.png"} <= names


def test_a_release_under_another_version_is_refused() -> None:
    done = release_zip("v99.0.0")
    assert done.returncode == 1
    assert "99.0.0" in done.stderr


def test_the_release_attaches_what_the_store_looks_for() -> None:
    store = read_json(ROOT / "hacs.json")
    assert store["zip_release"] is True
    commands = " ".join(step.get("run", "") for step in steps(GITHUB / "workflows" / "release.yml"))
    assert f".release/{store['filename']}" in commands


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_asks_in_fields_with_labels(path: Path) -> None:
    form = load_yaml_dict(str(path))
    assert form.keys() == {"name", "description", "labels", "body"}
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids))
    assert all(field["type"] in {"textarea", "input"} and field["attributes"]["label"] for field in form["body"])
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_a_bug_comes_with_diagnostics() -> None:
    fields = {field["id"]: field for field in load_yaml_dict(str(GITHUB / "ISSUE_TEMPLATE" / "bug.yml"))["body"]}
    assert fields["diagnostics"]["validations"]["required"] is True


def test_the_dev_container_sets_up_with_the_script() -> None:
    container = read_json(ROOT / ".devcontainer" / "devcontainer.json")
    assert container["postCreateCommand"] == "script/setup"
    assert "python3-venv" in container["onCreateCommand"]


def test_the_changelog_has_the_version() -> None:
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[:2] == ["Unreleased", manifest()["version"]]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "LICENSE"])
def test_what_a_visitor_looks_for_is_there(name: str) -> None:
    assert len((ROOT / name).read_text().split()) > 100

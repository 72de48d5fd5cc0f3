"""Look up the version of Regrade."""

NOT_INSTALLED = "(version unknown: this checkout is not installed)"


def installed_version() -> str:
    """Return the version that pyproject.toml gave the installed package, its only home."""
    # Late: it takes a third of the time that `regrade --help` does.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("regrade")
    except PackageNotFoundError:
        return NOT_INSTALLED

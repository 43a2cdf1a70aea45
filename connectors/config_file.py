"""Load the configuration file that EXPORT_CONFIG names: TOML, validated as a whole, every problem named at once."""

import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pydantic import ValidationError

from jobcost.config import ExportConfig


class ConfigProblem(Exception):
    """The configuration file cannot be used; the message lists every problem with its place."""


def load_config(path: Path) -> ExportConfig:
    """Read and validate the configuration.

    Raises:
        ConfigProblem: if the file is missing, is no TOML, or any entry is wrong or unknown.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise ConfigProblem(
            f"Configuration {path}: the file does not exist. Set EXPORT_CONFIG to a TOML file."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, InvalidOperation) as problem:
        raise ConfigProblem(f"Configuration {path}: not readable as TOML: {problem}.") from None
    try:
        return ExportConfig.model_validate(content)
    except ValidationError as problem:
        lines = [f"  {'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in problem.errors()]
        raise ConfigProblem("\n".join([f"Configuration {path}:", *lines])) from None

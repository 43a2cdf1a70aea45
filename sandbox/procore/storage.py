"""Writes the world to a file as JSON and reads it back; amounts travel as text, so they come back exactly."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from sandbox.procore.world import Project, World

WORLD = TypeAdapter(World)


def saved_text(world: World) -> str:
    """Write the whole world as JSON text."""
    return WORLD.dump_json(world, indent=1).decode()


def save(world: World, file: Path) -> None:
    """Write the world to a file, replacing it in one step so that a reader never sees half of it."""
    beside = file.with_name(file.name + ".new")
    beside.write_text(saved_text(world), encoding="utf-8")
    beside.replace(file)


def load(file: Path) -> World:
    """Read a world back.

    Raises:
        OSError: when the file cannot be read.
        ValueError: when it does not hold a world.
    """
    return WORLD.validate_json(file.read_text(encoding="utf-8"))


def edit(world: World, path: list[str | int], value: Any) -> None:
    """Set one value of the world, such as ["projects", 1164, "lines", "R-1", "original_budget_amount"] to "9.00".

    A step names an attribute, a key or an index; a budget line may be named by its code.

    Raises:
        KeyError: when a step leads nowhere.
        ValueError: when the value does not fit.
    """
    if not path:
        raise KeyError("the path is empty; expected steps such as ['projects', 1164, 'locked']")
    target: Any = world
    for number, step in enumerate(path[:-1]):
        following = path[number + 1]
        if isinstance(target, Project) and step == "lines" and isinstance(following, str):
            line = target.line(following)
            edit_here(line, path[number + 2 :], value)
            return
        target = _step(target, step)
    edit_here(target, path[-1:], value)


def edit_here(target: Any, path: list[str | int], value: Any) -> None:
    """Set the attribute that `path` (one step) names, converting the value to the attribute's type."""
    name = str(path[0]) if len(path) == 1 else ""
    if not is_dataclass(target) or name not in {known.name for known in fields(target)}:
        raise KeyError(f"{type(target).__name__} has no value {path!r}")
    wanted = get_type_hints(type(target))[name]
    setattr(target, name, TypeAdapter(wanted).validate_python(value))


def _step(target: Any, step: str | int) -> Any:
    if isinstance(target, dict | list):
        return target[int(step)]
    return getattr(target, str(step))

"""The sandbox Vista does what Vista does, row by row of the fidelity table."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.vista.build import build_vista
from tests.contract.fidelity_vista import FIDELITY, NOT_REPRODUCED, NotReproduced
from tests.contract.vista_desk import VistaFidelity, performed


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[str, ...]], Path]:
    """A database for each set of variants, built once; every row works on its own copy."""
    folder = tmp_path_factory.mktemp("vista")
    files: dict[tuple[str, ...], Path] = {}

    def file_for(variants: tuple[str, ...]) -> Path:
        if variants not in files:
            files[variants] = folder / f"{len(files)}.db"
            build_vista(f"sqlite:///{files[variants]}", variants=variants)
        return files[variants]

    return file_for


@pytest.mark.parametrize("row", FIDELITY, ids=lambda row: row.id)
def test_the_sandbox_does_what_vista_does(
    built: Callable[[tuple[str, ...]], Path], tmp_path: Path, row: VistaFidelity
) -> None:
    file = Path(shutil.copy(built(row.variants), tmp_path / "vista.db"))
    refusal, seen = performed(file, row)
    assert refusal == row.refused, f"{row.source}: {row.said}"
    assert seen == row.seen, f"{row.source}: {row.said}"


def test_no_two_rows_of_vistas_table_have_one_name() -> None:
    names = [row.id for row in FIDELITY]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("gap", [gap for gap in NOT_REPRODUCED if gap.tested_in], ids=lambda gap: gap.id)
def test_what_the_sandbox_cannot_show_is_tested_where_the_table_says(gap: NotReproduced) -> None:
    file, function = gap.tested_in.split("::")
    assert f"def {function}(" in (Path(__file__).parents[2] / file).read_text(encoding="utf-8")

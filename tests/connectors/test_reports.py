"""Files for download: written beside the export, never a reason for it to fail."""

from pathlib import Path

import pytest

from connectors.reports import Reports


def test_a_report_is_written_under_its_export_and_its_address_returned(tmp_path: Path) -> None:
    reports = Reports(tmp_path, "https://files.example.com/budget-export/")
    address = reports.publish("EX-20261123-7F3K9Q", "lines.csv", "Phase,Cost\r\n½,1.00\r\n")
    assert address == "https://files.example.com/budget-export/EX-20261123-7F3K9Q/lines.csv"
    written = (tmp_path / "EX-20261123-7F3K9Q" / "lines.csv").read_bytes()
    assert written.decode("utf-8-sig") == "Phase,Cost\r\n½,1.00\r\n"


def test_without_a_web_server_the_file_is_written_and_has_no_address(tmp_path: Path) -> None:
    assert Reports(tmp_path, None).publish("EX-20261123-7F3K9Q", "lines.csv", "Phase\r\n") is None
    assert (tmp_path / "EX-20261123-7F3K9Q" / "lines.csv").exists()


def test_a_folder_that_cannot_be_written_is_told_in_the_log_and_holds_nothing_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "reports"
    in_the_way.write_text("a file where the folder should be")
    assert Reports(in_the_way, "https://files.example.com").publish("EX-20261123-7F3K9Q", "lines.csv", "") is None
    assert "lines.csv of EX-20261123-7F3K9Q was not written" in caplog.text

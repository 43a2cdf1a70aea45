"""A flow that works, or waits for a person, as long as a test wants it; no business in it."""

import os
import time
from pathlib import Path

from prefect import flow, suspend_flow_run
from prefect.input import RunInput


class Word(RunInput):
    word: str = ""


@flow
def watched(folder: str, *, question: bool = False) -> str:
    """Ask for a word, or work until the folder holds a file named `enough`."""
    place = Path(folder)
    if question:
        return suspend_flow_run(wait_for_input=Word, timeout=3600, key="1").word
    (place / "process.new").write_text(str(os.getpid()))
    (place / "process.new").rename(place / "process")
    while not (place / "enough").exists():
        time.sleep(0.05)
    return "done"

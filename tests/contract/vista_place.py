"""Where the contract of `VistaGateway` is checked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    url: str
    jcco: int
    job: str

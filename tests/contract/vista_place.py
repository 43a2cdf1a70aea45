"""Where the contract of `VistaGateway` is checked."""

from dataclasses import dataclass

NOT_SET = "VISTA_TEST_URL is not set: the contract was not checked on a Microsoft SQL Server"


@dataclass(frozen=True)
class Place:
    url: str
    jcco: int
    job: str

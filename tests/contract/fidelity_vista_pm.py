"""Vista's fidelity table: lines that Project Management owns, and its change orders (facts 1.3 PM, 2.1 to 2.4)."""

from tests.contract.vista_desk import VistaFidelity, change, header

_DETAIL = " - cannot insert Cost Detail Trans # <trans> Phase <phase> Cost Type <cost type>"
_OF_PM = " - cannot update JCCH!"
_NO_UNIT = "Cannot change UM for Phase: <phase> CostType: <cost type>. "
_NOBODY_WORKS_HERE = "UPDATE JCJP SET ActiveYN = 'N'"


def _pm_order(send: str = "Y", cost_type: int = 3) -> str:
    """A statement that adds a line of a change order in Project Management, to be sent or not."""
    return (
        "INSERT INTO bPMOL (PMCo, Project, PCO, PCOItem, PhaseGroup, Phase, CostType, UM, SendYN)"
        f" VALUES (1, '1164I-001', '7', '1', 1, :G1, {cost_type}, 'LS', '{send}')"
    )


INTERFACED = (
    VistaFidelity(
        "a-pm-row-not-to-be-sent-ignores-the-lock",
        "2.1 check 6",
        "status N adds the phase to a locked job",
        (header(SourceStatus="N"),),
        "SELECT count(*) FROM JCJP",
        ((1,),),
        variants=("phases_locked",),
    ),
    VistaFidelity(
        "the-pm-interface-posts-to-an-inactive-phase",
        "2.2",
        "override O",
        (header(SourceStatus="Y"), _NOBODY_WORKS_HERE, change("SourceStatus = 'I'")),
        "SELECT Source, EstCost FROM JCCD",
        (("PM Intface", "100.00"),),
    ),
    VistaFidelity(
        "the-pm-interface-posts-to-an-inactive-cost-type",
        "2.2",
        "override P",
        (header(SourceStatus="Y", ActiveYN="N"), change("SourceStatus = 'I'")),
        "SELECT Source, EstCost FROM JCCD",
        (("PM Intface", "100.00"),),
    ),
    VistaFidelity(
        "an-interfaced-row-changed-in-jc-obeys-the-inactive-phase",
        "2.2, 2.3",
        "the source is JC's again, and with it override N",
        (header(SourceStatus="I"), _NOBODY_WORKS_HERE, change("OrigCost = '70.00'")),
        refused="Phase <phase> for JC Co <company>, Job<job> is inactive!" + _DETAIL,
    ),
)

ORDERED_IN_PM = (
    VistaFidelity(
        "a-pm-change-order-to-be-sent-keeps-the-unit",
        "2.3",
        "PMOL with SendYN Y",
        (header(), _pm_order(), change("UM = 'SF'")),
        refused=_NO_UNIT + "PM change order detail exists." + _OF_PM,
    ),
    VistaFidelity(
        "a-pm-change-order-not-to-be-sent-lets-the-unit-go",
        "2.3",
        "PMOL with SendYN N",
        (header(), _pm_order(send="N"), change("UM = 'SF'")),
        "SELECT UM FROM JCCH",
        (("SF",),),
    ),
    VistaFidelity(
        "a-pm-change-order-does-not-keep-the-unit-of-a-row-pm-owns",
        "2.3",
        "only J and I are asked",
        (header(SourceStatus="Y"), _pm_order(), change("UM = 'SF'")),
        "SELECT UM FROM JCCH",
        (("SF",),),
    ),
    VistaFidelity(
        "a-pm-change-order-keeps-the-header",
        "2.4",
        "sent or not",
        (header(), _pm_order(send="N"), "DELETE FROM JCCH"),
        refused="PM Change Order Detail exists. - cannot delete JC Cost Header!",
    ),
    VistaFidelity(
        "a-pm-change-order-keeps-no-other-header",
        "2.4",
        "of another cost type",
        (header(), _pm_order(cost_type=1), "DELETE FROM JCCH"),
        "SELECT count(*) FROM JCCH",
        ((0,),),
    ),
)

PM = (*INTERFACED, *ORDERED_IN_PM)

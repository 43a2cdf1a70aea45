"""How an approver answers: the same words in the review, above the form, and in mails."""

RESUME_PLACE = "in the menu ⋮ at the top right of its page; in the older user interface it is a button"
RESUME_TEXT = f"Open the run, and choose Resume ({RESUME_PLACE})."
NEEDED_TEXT = (
    "You need the plan code, your e-mail address, and the one-time code that your authenticator app shows then."
)
RULES_TEXT = (
    "A reject needs a reason; the sender reads it. Accepting exports exactly this plan. No answer never accepts: the"
    " export then expires."
)

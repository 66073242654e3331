"""What the words, severities and exit codes of a report mean, for readers who meet them first."""

from __future__ import annotations

from auditor.errors import ExitCode

GLOSSARY = {
    "control": "One requirement with an id, such as HD-01, its rule document and its check.",
    "subject": "One thing a control looks at: a user, a template, a device or a setting.",
    "observation": "What was found about one subject: compliant, violated or undetermined.",
    "evidence": "Where a fact came from: source and line, object and attribute, and its grade.",
    "grade": "How sure a fact is: documented (the vendor names it in public), seen (in a published "
    "real configuration), inferred (documented under another interface), learned (found by "
    "experiment on a box), simulated (from the simulated PBX), attested (stated by a person) or "
    "derived (worked out from other facts).",
    "passed": "Subjects were looked at and every one complies.",
    "failed": "At least one subject violates the control.",
    "could not be decided": "Something needed for a decision could not be read, or the check "
    "itself broke. It is not a pass.",
    "for people": "No interface shows this. A person has to check it.",
    "accepted": "Violated, but somebody accepted the risk until a date.",
    "not applicable": "The system has nothing that this control is about.",
    "score": "Withheld while too many controls could not be decided. What is left to people, or "
    "accepted, never raises it.",
    "fingerprint": "The identity of an observation, the same in every run.",
    "profile": "A named selection of controls.",
    "places of settings": (
        "Data that says where a setting is stored in the configuration, and how sure that is."
    ),
}

SEVERITY_MEANINGS = {
    "critical": "Can be exploited with little effort for calls, access or takeover. Act today.",
    "high": "Opens a direct way to fraud, eavesdropping or loss of service. Act this week.",
    "medium": "Weakens a protection or helps an attacker on the way. Plan the change.",
    "low": "A deviation with little effect of its own. Change it with other work.",
    "info": "Worth knowing. Nothing has to be done.",
}

EXIT_CODES = {
    ExitCode.OK: "Complete, and nothing at or above the threshold.",
    ExitCode.FINDINGS: "Findings at or above the threshold.",
    ExitCode.USAGE: "Usage or input error.",
    ExitCode.UNREACHABLE: "A target could not be reached or logged in to.",
    ExitCode.INCOMPLETE: "Incomplete: controls could not be decided.",
    ExitCode.NOTHING_TO_DO: "There was nothing to do.",
    ExitCode.OUTPUT: "An output could not be written.",
    ExitCode.INTERNAL: "Internal error.",
    ExitCode.BUSY: "Another run over the fleet is at work.",
    ExitCode.INTERRUPTED: "Interrupted; what was not complete was not written.",
    ExitCode.TERMINATED: "Terminated; what was not complete was not written.",
}

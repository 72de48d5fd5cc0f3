"""What a release states of the error of its grades, but for the files that it was measured with."""

STATED = {
    "threshold": 0.8,
    "over_graded_at_most": 0.1,
    "under_graded_at_most": 0.2,
    "confidence": 0.95,
    "devices": 300,
    "measured_on": "drawn devices",
}

"""Say in words and rows what a certificate holds, for whoever reads it on paper."""

from data.condition import DefectFinding, Standing
from data.verification import BatterySign, FunctionalGrade, LockState, SanitisationState
from serving.certificate.certificate import Certificate, CertifiedPhoto
from serving.wording import photo_name, say, say_class, say_probability

NOT_READ = "not read"
_FUNCTIONAL = {FunctionalGrade.UNTESTED: "not tested", FunctionalGrade.FAILED: "failed"}
_SANITISATION = {
    SanitisationState.CLEAR: "cleared",
    SanitisationState.PURGE: "purged",
    SanitisationState.DESTROY: "destroyed",
    SanitisationState.NOT_DATA_BEARING: "holds none",
    SanitisationState.UNEVALUATED: "not looked at",
    SanitisationState.UNKNOWN: "not known",
}
_LOCK = {
    LockState.OFF: "off",
    LockState.ON: "on",
    LockState.NOT_APPLICABLE: "has none",
    LockState.UNKNOWN: "not known",
}


def device_facts(certificate: Certificate) -> list[tuple[str, str]]:
    """Return what was read from the device, each fact with its name."""
    device = certificate.device
    kind = say_class(device.device_class) if device.device_class else "not known"
    return [
        ("Device", f"{kind}, {device.sku}" if device.sku else kind),
        ("Serial number", device.serial or NOT_READ),
        ("IMEI or MEID", ", ".join(device.imeis) or NOT_READ),
        ("Function test", _FUNCTIONAL.get(device.functional, f"{device.functional} of R2v3")),
        ("Data", _SANITISATION[device.sanitisation]),
        ("Activation lock", _LOCK[device.lock]),
        ("Battery", _battery(device.battery_signs)),
        ("Return", certificate.rma_id),
        ("Decision", certificate.decision_id),
        ("Decided at", f"{certificate.decided_at:%Y-%m-%d %H:%M} UTC"),
    ]


def assured(certificate: Certificate) -> str:
    """Return how sure the grade is, as it was measured, and on what."""
    assurance = certificate.assurance
    if assurance is None or assurance.over_graded_at_most is None or assurance.confidence is None:
        return "How often such grades are wrong was not measured."
    return (
        f"Of devices graded so, at most {assurance.over_graded_at_most:.0%} are worse than their grade "
        f"(at {assurance.confidence:.0%} confidence, "
        f"measured on {assurance.devices} {assurance.measured_on})."
    )


def standings(certificate: Certificate) -> list[tuple[str, ...]]:
    """Return a row for each other scale, the names of the columns first."""
    rows = [("Scale", "Grade", "What decides", "Version")]
    return rows + [_standing(name, one) for name, one in certificate.standards.items()]


def measured_defects(certificate: Certificate) -> list[tuple[str, ...]]:
    """Return a row for each defect, numbered as on the photos, the names of the columns first."""
    rows = [("No.", "Defect", "Side", "Photo", "Seen as", "Length", "Area", "Probability")]
    return rows + [_defect(number, one) for number, one in enumerate(certificate.defects, start=1)]


def photo_state(photo: CertifiedPhoto) -> str:
    """Return which side a photo shows and whether it could be judged."""
    view = say(photo.view)
    if photo.is_judged:
        return view
    return f"{view}, not judged ({', '.join(say(code) for code in photo.codes)})"


def versions(certificate: Certificate) -> list[tuple[str, ...]]:
    """Return what made the certificate and the hashes that prove it, the names of the columns first."""
    model = certificate.model
    return [
        ("What", "Which"),
        ("Condition model", f"{model.name} {model.version}, SHA-256 {model.sha256}"),
        ("Criteria of the house grade", _criteria(certificate.criteria)),
        ("Decision in the record", f"SHA-256 {certificate.record_sha256}"),
        *_taken_with(certificate.configuration_sha256),
        ("This certificate as JSON", f"SHA-256 {certificate.sha256}"),
    ]


def _taken_with(configuration_sha256: str | None) -> list[tuple[str, ...]]:
    if configuration_sha256 is None:
        return []
    return [("Files, code and machine that decided", f"SHA-256 {configuration_sha256}")]


def _battery(signs: tuple[BatterySign, ...]) -> str:
    if not signs:
        return "not looked at"
    return ", ".join("no sign of damage" if sign is BatterySign.NONE_SEEN else say(sign) for sign in signs)


def _criteria(criteria: dict[str, str]) -> str:
    if not criteria:
        return "not kept by the release that decided"
    return f"{criteria['name']} {criteria['version']}, SHA-256 {criteria['sha256']}"


def _standing(name: str, standing: Standing | str) -> tuple[str, ...]:
    if isinstance(standing, str):
        return say(name), say(standing), "", ""
    return say(name), say(standing.grade), standing.deciding_limit, standing.version


def _defect(number: int, defect: DefectFinding) -> tuple[str, ...]:
    length = "" if defect.length_mm is None else f"{defect.length_mm:.1f} mm"
    area = "" if defect.area_mm2 is None else f"{defect.area_mm2:.0f} mm²"
    where = (say(defect.kind), say(defect.surface), photo_name(defect.photo))
    return str(number), *where, say(defect.severity), length, area, say_probability(defect.probability)

// Put a decision on the page, part by part, and take it off again.

import { attend, byId, make } from "./dom.js";
import { makeFraud } from "./fraud.js";
import { makeProof } from "./proof.js";
import { makeStage } from "./stage.js";
import { makeGates, makeValues } from "./values.js";
import { makeHazard, makeSteps, makeVerdict } from "./verdict.js";
import { instant, isNumber, percent, say } from "./words.js";

/**
 * Show a decision over the photos it was made from and move focus to it.
 * @param {Decision} decision
 * @param {SentPhoto[]} photos
 */
export function showAnswer(decision, photos) {
  const parts = [
    makeHazard(decision),
    makeVerdict(decision),
    makeSteps(decision),
    decision.condition ? makeStage(decision.condition, photos) : null,
    makeValues(decision),
    makeGates(decision),
    makeFraud(decision),
    makeProof(decision),
    makeProvenance(decision),
  ];
  byId("answer-body").replaceChildren(...parts.filter((part) => part !== null));
  byId("guide").hidden = true;
  byId("answer").scrollTop = 0;
  attend(byId("answer"));
}

/**
 * Say whether the inputs changed after the decision that is shown.
 * @param {boolean} isOutdated
 */
export function markOutdated(isOutdated) {
  byId("outdated").hidden = !isOutdated;
  byId("answer").classList.toggle("is-outdated", isOutdated);
}

/** Take the decision off the page. */
export function clearAnswer() {
  byId("answer-body").replaceChildren();
  markOutdated(false);
  byId("guide").hidden = false;
}

/** @param {Decision} decision */
function makeProvenance({ condition, fraud, policy, decision_id: id, decided_at: at }) {
  const standards = Object.entries(condition?.standards ?? {});
  const rows = [
    ...standards.map(([name, standing]) => [say(name), sayStanding(standing)]),
    ["Sure enough without a person", condition ? sayAssurance(condition.assurance) : "no photos"],
    ["Decision", id],
    ["Decided", instant(at)],
    ["Condition model", condition ? sayModel(condition.model) : "no photos"],
    ["Fraud model", sayModel(fraud.model)],
    ["Policy", sayModel(policy)],
  ];
  return make("section", { className: "panel" },
    make("h3", {}, "Standards and record"),
    make("dl", { className: "record" }, rows.map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text)))));
}

/**
 * Decisions kept by earlier versions hold the grade alone.
 * @param {Standing | string} standing
 */
function sayStanding(standing) {
  if (typeof standing === "string") return standing;
  return `${say(standing.grade)}: ${standing.deciding_limit}`;
}

/** @param {Assurance | null | undefined} assurance */
function sayAssurance(assurance) {
  if (!assurance) return "never: no measured error holds for the rules in use, so a person decides";
  const least = `from a probability of ${percent(assurance.least_probability)}`;
  const { over_graded_at_most: over, under_graded_at_most: under, confidence, devices, measured_on: on } = assurance;
  if (!isNumber(over) || !isNumber(under) || !isNumber(confidence)) return `${least}; no error bound was measured`;
  return `${least}; then at most ${percent(over)} graded too well and ${percent(under)} too badly ` +
    `(${percent(confidence)} confidence, ${devices} ${on})`;
}

/** @param {ModelIdentity} model */
function sayModel({ name, version, sha256 }) {
  return `${name} ${version} (${String(sha256).slice(0, 12)})`;
}

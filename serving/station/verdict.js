// Show what happens to the device, its grade, what decided, and what to do next.

import { make, makeBar } from "./dom.js";
import { percent, say } from "./words.js";

/** @type {Record<string, string>} */
const GRADE_WORDS = { A: "Like new", B: "Light wear", C: "Visible wear", D: "Heavy wear", E: "Broken" };

/**
 * Make the banner of a battery hazard, null when the battery gate did not decide.
 * @param {Decision} decision
 */
export function makeHazard(decision) {
  const gate = decision.gates.find((one) => one.kind === "battery" && one.state === "decided");
  if (!gate) return null;
  return make("div", { className: "hazard", role: "alert" },
    make("p", { className: "hazard-title" }, "Battery hazard"),
    make("p", { className: "hazard-order" }, "Do not charge, press, restock or send by air."),
    make("p", {}, gate.text),
    make("p", { className: "rule" }, gate.rule));
}

/**
 * Make the head of the answer: disposition and destination beside the grade.
 * @param {Decision} decision
 */
export function makeVerdict(decision) {
  const { condition } = decision;
  return make("div", { className: "verdict" },
    makeGrade(condition),
    make("div", { className: "verdict-text" },
      make("p", { className: "eyebrow" }, decision.rma_id),
      make("p", { className: "disposition", "data-disposition": decision.disposition }, say(decision.disposition)),
      make("p", { className: "destination" }, sayDestination(decision)),
      makeDecider(decision)),
    condition ? makeGradeScale(condition) : null);
}

/**
 * Make the next steps as a checklist; ticking is for the operator and is not sent.
 * @param {Decision} decision
 */
export function makeSteps(decision) {
  const items = decision.next_steps.map((step) => make("li", {},
    make("label", { className: "step" }, make("input", { type: "checkbox" }), make("span", {}, step))));
  const customer = decision.customer_text
    ? make("p", { className: "customer" }, make("b", {}, "Tell the customer: "), decision.customer_text)
    : null;
  return make("section", { className: "panel" }, make("h3", {}, "Next steps"), make("ul", { className: "steps" }, items), customer);
}

/**
 * Say the whole verdict in one sentence, for the status line and screen readers.
 * @param {Decision} decision
 */
export function sayVerdict(decision) {
  const { condition } = decision;
  const shown = condition && sayAsShown(condition);
  return `${condition?.grade ? `Grade ${condition.grade}. ` : shown ? `${shown}. ` : "No grade. "}${say(decision.disposition)}, ${sayDestination(decision)}.`;
}

/** @param {Decision} decision */
function sayDestination({ destination }) {
  return `to ${say(destination).replace(/^(?!US)./, (first) => first.toLowerCase())}`;
}

/** @param {Condition | null} condition */
function makeGrade(condition) {
  const grade = condition?.grade ?? null;
  return make("div", { className: "grade", "data-grade": grade ?? "none" },
    make("span", { className: "grade-word" }, "Grade"),
    make("span", { className: "grade-letter" }, grade ?? "–"),
    make("span", { className: "grade-word" }, grade ? GRADE_WORDS[grade] : condition ? sayAsShown(condition) ?? "Not graded" : "No photos"));
}

/**
 * Say the grade that stands as far as the photos show where none of the whole device is given, null where it needs a person.
 * @param {Condition} condition
 */
function sayAsShown({ grade, as_far_as_seen: seen }) {
  // Whether a B is an A, one face does not tell.
  const better = seen?.grade === "B" ? " or better" : "";
  return !grade && seen?.assurance && !seen.needs_person ? `${seen.grade}${better} as shown` : null;
}

/** @param {Decision} decision */
function makeDecider(decision) {
  const kind = /^gate:(\w+)/.exec(decision.decided_by)?.[1];
  const gate = decision.gates.find((one) => one.kind === kind);
  const because = gate ? decision.because.replace(gate.rule, "").trim() : decision.because;
  return make("div", { className: "decider" },
    make("p", { className: "decider-label" }, kind ? `Decided by the ${say(kind).toLowerCase()} gate` : "Decided by expected value"),
    make("p", {}, because),
    gate ? make("p", { className: "rule" }, gate.rule) : null);
}

/** @param {Condition} condition */
function makeGradeScale(condition) {
  const { grade, deciding_limit: limit, abstain_reasons: reasons } = condition;
  const isSeen = condition.photos.some((photo) => photo.device_found);
  return make("div", { className: "grade-scale" },
    isSeen ? makeGradeBars(condition) : null,
    makeNextPhoto(condition),
    grade && limit ? make("p", { className: "quiet" }, `What set the grade: ${limit}`) : null,
    reasons.length ? make("ul", { className: "abstained" }, reasons.map((reason) => make("li", {}, sayReason(reason)))) : null);
}

/**
 * Which photo may better the grade most.
 * @param {Condition} condition
 */
function makeNextPhoto({ next_photo: next }) {
  return next ? make("p", { className: "quiet" }, `Next photo: ${say(next.view)}.`) : null;
}

/** @param {Condition} condition */
function makeGradeBars({ grade, grade_probabilities: probabilities }) {
  // The service sends the grades from the best to the worst.
  const bars = Object.entries(probabilities).map(([one, probability]) => make("li", { className: one === grade ? "is-chosen" : "" },
    make("b", {}, one), makeBar(probability), make("span", { className: "figure" }, percent(probability))));
  return make("ul", { className: "bars", "aria-label": "Probability of each grade" }, bars);
}

/**
 * "uncertain: grade B has ..." comes as a code and its text.
 * @param {string} reason
 */
function sayReason(reason) {
  const [, code, text] = /^(\w+): (.*)$/s.exec(reason) ?? [null, "", reason];
  return code ? `${say(code)}: ${text}` : text;
}

// Show the fraud score with its reasons, for the operator's eyes only.

import { make, makeBar } from "./dom.js";
import { percent, say, sayInput } from "./words.js";

/** @type {Record<string, string>} */
const MOMENT_WORDS = { T0: "authorised (T0)", T1: "arrived (T1)", T2: "verified (T2)" };

/**
 * Make the fraud section: probability, what the policy does with it, what asks for more than it, reasons and what was missing.
 * @param {Decision} decision
 */
export function makeFraud({ fraud }) {
  return make("section", { className: "panel", "data-band": fraud.band },
    make("div", { className: "panel-head" }, make("h3", {}, "Fraud"), make("p", { className: "for-staff" }, "Staff only: never tell the customer")),
    make("div", { className: "fraud-head" },
      make("span", { className: "fraud-figure" }, percent(fraud.probability)),
      make("div", {},
        make("p", {}, make("b", {}, `${say(fraud.band)} risk`), `, policy says ${say(fraud.action).toLowerCase()}`),
        make("p", { className: "quiet" }, `Scored once ${MOMENT_WORDS[fraud.moment] ?? fraud.moment}`))),
    makeBar(fraud.probability, `band-${fraud.band}`),
    ...fraud.floors.map(({ text }) => make("p", { className: "fraud-floor" }, text)),
    makeReasons(fraud.reasons),
    makeBreakdown(fraud),
    makeMissing(fraud.missing_inputs));
}

/**
 * Make the reasons that raise the score, then those that lower it, each part with the strongest first.
 * @param {FraudReason[]} reasons
 */
function makeReasons(reasons) {
  if (!reasons.length) return make("p", { className: "quiet" }, "Nothing moved the score by much.");
  const most = Math.max(...reasons.map((reason) => Math.abs(reason.contribution)), Number.EPSILON);
  const raising = reasons.filter((reason) => reason.contribution >= 0), lowering = reasons.filter((reason) => reason.contribution < 0);
  return make("div", {}, ...makeGroup("Raises the score", raising, most), ...makeGroup("Lowers the score", lowering, most));
}

/**
 * @param {string} title
 * @param {FraudReason[]} reasons
 * @param {number} most
 */
function makeGroup(title, reasons, most) {
  if (!reasons.length) return [];
  return [make("h4", {}, title), make("ul", { className: "reasons" }, reasons.map((reason) => makeReason(reason, most)))];
}

/**
 * Say what the reasons add up from and to; decisions of before it was told have nothing here.
 * @param {FraudScore} fraud
 */
function makeBreakdown({ breakdown, probability }) {
  if (!breakdown) return null;
  const { base_probability: start, rest } = breakdown;
  return make("p", { className: "quiet" },
    `A return of which nothing is known starts at ${percent(start)}. The figures are points of log odds; with ${sign(rest)} for all `
    + `that is not listed they lead to ${percent(probability)}.`);
}

/** @param {number} points */
function sign(points) {
  return `${points >= 0 ? "+" : "−"}${Math.abs(points).toFixed(2)}`;
}

/**
 * @param {FraudReason} reason
 * @param {number} most
 */
function makeReason({ text, contribution }, most) {
  const raises = contribution >= 0;
  const fill = make("span", { className: raises ? "pull pull-up" : "pull pull-down" });
  fill.style.width = `${(Math.abs(contribution) / most) * 50}%`;
  return make("li", {},
    make("span", { className: "reason-text" }, text),
    make("span", { className: "pull-track", "aria-hidden": "true" }, fill),
    make("span", { className: "figure", title: "Points of log odds" },
      make("span", { className: "visually-hidden" }, raises ? "raises by " : "lowers by "),
      sign(contribution)));
}

/** @param {string[]} missing */
function makeMissing(missing) {
  if (!missing.length) return null;
  return make("details", { className: "missing" },
    make("summary", {}, `Not known when scored: ${missing.length}`),
    make("p", { className: "quiet" }, missing.map(sayInput).join(", ")));
}

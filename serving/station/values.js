// Show what every gate said and what each allowed disposition is worth.

import { make, makeBar } from "./dom.js";
import { money, say } from "./words.js";

const STATE_WORDS = { passed: "Passed", restricted: "Restricts", decided: "Decides" };

/**
 * Make the list of gates in the order in which they were asked.
 * @param {Decision} decision
 */
export function makeGates(decision) {
  const items = decision.gates.map((gate) => make("li", { className: `gate gate-${gate.state}` },
    make("span", { className: "gate-state" }, STATE_WORDS[gate.state] ?? say(gate.state)),
    make("div", {},
      make("p", {}, make("b", {}, say(gate.kind)), ` ${gate.text}`),
      gate.state === "passed" ? null : make("p", { className: "rule" }, gate.rule),
      gate.state === "restricted" && gate.forbidden.length
        ? make("p", { className: "quiet" }, `Not allowed: ${gate.forbidden.map((one) => say(one).toLowerCase()).join(", ")}`)
        : null)));
  return make("section", { className: "panel" }, make("h3", {}, "Gates"), make("ol", { className: "gates" }, items));
}

/**
 * Make the bars of expected net value, best first; null when a gate left nothing to weigh.
 * @param {Decision} decision
 */
export function makeValues(decision) {
  const values = [...decision.expected_values].sort((one, other) => other.amount - one.amount);
  if (!values.length) return null;
  const most = Math.max(...values.map((one) => Math.abs(one.amount)), 1);
  const rows = values.map((value) => makeValue(value, most, decision));
  return make("section", { className: "panel" },
    make("h3", {}, "Expected net value"),
    make("ul", { className: "values" }, rows));
}

/**
 * @param {ExpectedValue} value
 * @param {number} most
 * @param {Decision} decision
 */
function makeValue(value, most, decision) {
  const isChosen = value.disposition === decision.disposition;
  const isSecond = value.disposition === decision.runner_up?.disposition;
  const mark = isChosen ? "Chosen" : isSecond ? "Runner-up" : "";
  return make("li", { className: isChosen ? "is-chosen" : "" },
    make("span", { className: "value-name" }, say(value.disposition), mark ? make("span", { className: "mark" }, mark) : null),
    makeBar(Math.abs(value.amount) / most, value.amount < 0 ? "is-loss" : ""),
    make("span", { className: "figure" }, money(value.amount, value.currency)),
    value.text ? make("span", { className: "quiet value-text" }, value.text) : null);
}

// Say the contract's codes, figures and times in words an operator reads.

/** @type {Record<string, string>} */
const SAID = {
  ecommerce_consumer: "E-commerce consumer",
  iot_sensor: "IoT sensor",
  us_facility: "US facility",
  front_off: "Front, screen off",
  front_on: "Front, screen on",
  front_raking: "Front, light from the side",
  label: "Label",
  mismatch_instance: "Same model, other serial",
  mismatch_class: "Other model",
  mismatch_quantity: "Other quantity",
  match: "Matches",
  empty: "Empty box",
  none_seen: "Looked, none seen",
  not_data_bearing: "Holds no data",
  lock_and_list: "Lock and list",
  cross_border: "Cross-border",
  lithium_ion: "Lithium-ion",
  lithium_metal: "Lithium-metal",
  ctia_like: "After CTIA",
  r2_cosmetic: "R2v3 cosmetic",
  viewing_distance: "Seen by a buyer",
  unseen_at_20_cm: "Nothing noticed from 20 cm",
  unseen_at_30_cm: "Nothing noticed from 30 cm",
  unseen_at_50_cm: "Nothing noticed from 50 cm",
  seen_at_50_cm: "Noticed from 50 cm",
};

/** @type {Record<string, string>} */
const INPUTS = {
  "rma.value.currency": "a reference rate for the currency",
  "rma.ordered_at": "date of the order",
  "rma.delivered_at": "date of the delivery",
  "rma.return_window_days": "return window",
  "rma.account_created_at": "age of the account",
  "rma.has_receipt": "receipt",
  "rma.reason": "reason of the return",
  "rma.address_id": "address",
  "rma.pickup_address_id": "pick-up address",
  "rma.expected_imei": "IMEI, as sold",
  "rma.expected_serial": "serial, as sold",
  "rma.expected_weight_g": "parcel weight, as sold",
  "rma.expected_accessories": "accessories, as sold",
  "history.orders_count": "number of orders",
  "history.prior_returns.outcome_known_at": "dates of earlier outcomes",
  "scans.place": "places of the carrier scans",
  "scans.weight_g": "weights of the carrier scans",
  scans: "carrier scans",
  verification: "what the bench found",
  "verification.outcome": "whether the parcel was opened and checked",
  "verification.observed_device_class": "kind of device, observed",
  "verification.observed_imei": "IMEI, observed",
  "verification.observed_serial": "serial, observed",
  "verification.weight_g": "parcel weight, received",
  "verification.accessories": "accessories, received",
  "verification.lock": "activation lock",
  "verification.list_status": "stolen-device list",
  "verification.functional": "functional test",
};

/**
 * Say a snake_case code in words: its own phrase where one exists, else spaces and a capital.
 * @param {string | null | undefined} code
 */
export function say(code) {
  if (code === null || code === undefined || code === "") return "Unknown";
  const text = String(code);
  if (Object.hasOwn(SAID, text)) return SAID[text];
  const words = text.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/**
 * Say what part of a case a path such as rma.ordered_at names.
 * @param {string} path
 */
export function sayInput(path) {
  return INPUTS[path] ?? (path.split(".").at(-1) ?? path).replaceAll("_", " ");
}

/**
 * Say a probability as a percentage; nothing between the ends is rounded to certainty.
 * @param {number} probability
 */
export function percent(probability) {
  const value = probability * 100;
  if (value > 0 && value < 1) return "< 1 %";
  if (value > 99 && value < 100) return "> 99 %";
  return `${Math.round(value)} %`;
}

/**
 * Say an amount with its currency code.
 * @param {number} amount
 * @param {string} currency
 */
export function money(amount, currency) {
  const sign = amount < 0 ? "−" : "";
  return `${sign}${Math.abs(amount).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ",")} ${currency}`;
}

/**
 * Say the size of a finding, or that it could not be measured.
 * @param {DefectFinding} finding
 */
export function size(finding) {
  const parts = [];
  if (isNumber(finding.length_mm)) parts.push(`${finding.length_mm.toFixed(1)}${doubt(finding)} mm long`);
  if (isNumber(finding.area_mm2)) parts.push(`${Math.round(finding.area_mm2)} mm²`);
  return parts.join(", ") || "not measured";
}

/**
 * Say an ISO instant as local date and time.
 * @param {string} iso
 */
export function instant(iso) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return String(iso);
  return time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/**
 * Say how many, with the noun in its right form.
 * @param {number} number
 * @param {string} singular
 */
export function count(number, singular, plural = `${singular}s`) {
  return `${number} ${number === 1 ? singular : plural}`;
}

/**
 * Say whether a value is a number that can be shown.
 * @param {unknown} value
 * @returns {value is number}
 */
export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/**
 * Twice the standard deviation: what nineteen lengths in twenty lie within.
 * @param {DefectFinding} finding
 */
function doubt({ length_sd_mm: sd }) {
  return isNumber(sd) ? ` ± ${(2 * sd).toFixed(1)}` : "";
}

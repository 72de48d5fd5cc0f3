// Make and fill elements from text only: nothing the server or a user wrote is ever parsed as markup.

/**
 * Make an element. Keys with a hyphen, `role`, `for` and `form` become attributes, the others properties;
 * children are nodes or text, and null is left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} props
 * @param {(Child | Child[])[]} children
 */
export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else Object.assign(node, { [name]: value });
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Make a bar that is filled to a share of its length, 0 to 1.
 * @param {number} share
 * @param {string} className
 */
export function makeBar(share, className = "") {
  const fill = make("span", { className: `bar-fill ${className}` });
  fill.style.width = `${share * 100}%`;
  return make("span", { className: "bar-track" }, fill);
}

/**
 * Find one element by its id; the page's own markup has it.
 * @template {string} Id
 * @param {Id} id
 * @returns {Id extends keyof PageElements ? PageElements[Id] : HTMLElement}
 */
export function byId(id) {
  return /** @type {any} */ (document.getElementById(id));
}

/**
 * Move keyboard focus to a region and bring it into sight.
 * @param {HTMLElement} node
 */
export function attend(node) {
  if (!node.hasAttribute("tabindex")) node.tabIndex = -1;
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "start", behavior: prefersStill() ? "auto" : "smooth" });
}

function prefersStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

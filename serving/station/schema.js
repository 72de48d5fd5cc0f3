// Read from the service's JSON Schema of a case which choices a field has and which fields are needed.

/**
 * Fetch the JSON Schema of a case. Throws when the service does not answer with one.
 * @returns {Promise<SchemaNode>}
 */
export async function loadSchema() {
  const response = await fetch("/v1/schema/case", { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`the schema answered ${response.status}`);
  return response.json();
}

/**
 * List the allowed codes at a dotted path, empty when the field is free.
 * @param {SchemaNode} schema
 * @param {string} path
 */
export function choicesAt(schema, path) {
  const node = nodeAt(schema, path);
  const one = node.items ? resolve(schema, node.items) : node;
  return one.enum ?? [];
}

/**
 * Tell the default the schema gives a field, undefined when it has none.
 * @param {SchemaNode} schema
 * @param {string} path
 */
export function defaultAt(schema, path) {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  return nodeAt(schema, parts.join(".")).properties?.[last]?.default;
}

/**
 * Tell whether a field of the RMA must be given.
 * @param {SchemaNode} schema
 * @param {string} path
 */
export function isNeeded(schema, path) {
  const parts = path.split(".");
  if (parts[0] !== "rma") return false;
  return parts.every((part, depth) => nodeAt(schema, parts.slice(0, depth).join(".")).required?.includes(part));
}

/**
 * @param {SchemaNode} schema
 * @param {string} path
 */
function nodeAt(schema, path) {
  const parts = path ? path.split(".") : [];
  return parts.reduce((node, part) => resolve(schema, node.properties?.[part] ?? {}), schema);
}

/**
 * @param {SchemaNode} schema
 * @param {SchemaNode} node
 * @returns {SchemaNode}
 */
function resolve(schema, node) {
  const option = node.anyOf?.find((one) => one.type !== "null") ?? node;
  if (!option.$ref) return option;
  return resolve(schema, /** @type {any} */ (schema.$defs)[option.$ref.split("/").at(-1) ?? ""]);
}

// Read from the service's own description (OpenAPI) what a case may hold and how many photos a device may have.

/**
 * Fetch the description of the service. Throws when it does not answer with one.
 * @returns {Promise<ServiceDescription>}
 */
export async function loadDescription() {
  const response = await fetch("/docs.json", { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`the description answered ${response.status}`);
  return response.json();
}

/**
 * Tell how many photos one device may have.
 * @param {ServiceDescription} description
 */
export function mostPhotos(description) {
  const { content } = description.paths["/v1/decide"].post.requestBody;
  return content["multipart/form-data"].schema.properties.photos.maxItems;
}

/**
 * List the allowed codes at a dotted path of a case, empty when the field is free.
 * @param {ServiceDescription} description
 * @param {string} path
 */
export function choicesAt(description, path) {
  const node = nodeAt(description, path);
  const one = node.items ? resolve(description, node.items) : node;
  return one.enum ?? [];
}

/**
 * Tell how many characters a field may hold, undefined when that is not limited by number.
 * @param {ServiceDescription} description
 * @param {string} path
 */
export function longestAt(description, path) {
  return nodeAt(description, path).maxLength;
}

/**
 * Tell the default of a field, undefined when it has none.
 * @param {ServiceDescription} description
 * @param {string} path
 */
export function defaultAt(description, path) {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  return nodeAt(description, parts.join(".")).properties?.[last]?.default;
}

/**
 * Tell whether a field of the RMA must be given.
 * @param {ServiceDescription} description
 * @param {string} path
 */
export function isNeeded(description, path) {
  const parts = path.split(".");
  if (parts[0] !== "rma") return false;
  return parts.every((part, depth) => nodeAt(description, parts.slice(0, depth).join(".")).required?.includes(part));
}

/**
 * @param {ServiceDescription} description
 * @param {string} path
 */
function nodeAt(description, path) {
  const parts = path ? path.split(".") : [];
  const root = description.components.schemas.ReturnCase;
  return parts.reduce((node, part) => resolve(description, node.properties?.[part] ?? {}), root);
}

/**
 * @param {ServiceDescription} description
 * @param {SchemaNode} node
 * @returns {SchemaNode}
 */
function resolve(description, node) {
  const option = node.anyOf?.find((one) => one.type !== "null") ?? node;
  if (!option.$ref) return option;
  return resolve(description, description.components.schemas[option.$ref.split("/").at(-1) ?? ""]);
}

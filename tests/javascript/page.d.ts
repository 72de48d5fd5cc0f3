// Names the types that the station page's comments use. Nothing here is served; the page has no build step.

/** The elements of index.html that are asked for more than any element has; test_station_elements.py compares. */
interface PageElements {
  "camera": HTMLDialogElement;
  "camera-shoot": HTMLButtonElement;
  "camera-video": HTMLVideoElement;
  "camera-view": HTMLSelectElement;
  "capture-photo": HTMLInputElement;
  "case-json": HTMLTextAreaElement;
  "choose-photos": HTMLInputElement;
  "fields": HTMLFieldSetElement;
  "json-details": HTMLDetailsElement;
  "open-case": HTMLInputElement;
}

/** What an element takes as content: text stays text, and nothing is left out. */
type Child = Node | string | null | undefined;

/** A field of the case form, which names its place in the case by `data-path`. */
type FieldControl = HTMLInputElement | HTMLSelectElement | HTMLFieldSetElement;

/** A field that holds one typed value. */
type ValueControl = HTMLInputElement | HTMLSelectElement;

/** A JSON object whose fields are not known. */
type JsonObject = Record<string, any>;

/** A photo in the tray, its address good until it is released. */
interface SentPhoto {
  file: File;
  view: string;
  url: string;
}

/** One filled-in form as it is sent: the same key decides once. */
interface Submission {
  key: string;
  caseText: string;
  photos: SentPhoto[];
}

/** One line of a problem document: the field it names and what is wrong there. */
interface FieldError {
  path: string;
  text: string;
}

/** A field of the form that an error names, and how to get there. */
interface NamedField {
  label: string;
  focus: () => void;
}

/** The parts of a JSON Schema that the form reads. */
interface SchemaNode {
  type?: string;
  enum?: string[];
  default?: string;
  required?: string[];
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  properties?: Record<string, SchemaNode>;
  maxLength?: number;
  $ref?: string;
}

/** What the page reads of the service's own description, /docs.json. */
interface ServiceDescription {
  paths: Record<string, any>;
  components: { schemas: Record<string, SchemaNode> };
}

/** Where dropped and pasted files go. */
interface Takers {
  addPhotos: (files: File[]) => void;
  setCase: (text: string) => void;
}

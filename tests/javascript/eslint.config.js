// The house rules of the station page that a machine can hold: names that exist are TypeScript's part.

import js from "@eslint/js";

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "off",
      "no-unused-vars": ["error", { args: "all" }],
      complexity: ["error", 10],
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "no-alert": "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implicit-coercion": "error",
      "no-param-reassign": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Nothing that somebody wrote is parsed as markup: use make() of dom.js." },
        { property: "outerHTML", message: "Nothing that somebody wrote is parsed as markup: use make() of dom.js." },
        { property: "insertAdjacentHTML", message: "Nothing that somebody wrote is parsed as markup: use make()." },
      ],
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
];

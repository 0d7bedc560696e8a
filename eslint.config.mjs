import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

const exec = ["src/taskRunner/exec/**"];
const processRoom = ["src/taskRunner/process/**"];
const run = ["src/taskRunner/run/**"];

/** The layer rule: arrows go down only (extension > commands, views, provider > terminal > run > process, exec). */
function layer(files, forbidden) {
  return {
    files,
    rules: {
      "no-restricted-imports": ["error", { patterns: forbidden.map(([regex, message]) => ({ regex, message })) }],
    },
  };
}

const vscode = ["^vscode$", "This room runs in plain Node: vscode stays in terminal/ and above."];
const up = (names) => [`^\\.\\./(.*/)?(${names})(/|$)`, "Arrows go down only: this imports a higher floor."];

export default tseslint.config(
  { ignores: ["dist/", "out/", "node_modules/", "examples/", "test/programs/", "test/vscode/node_modules/", "test/vscode/.data/", ".vscode-test/"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/prefer-readonly": "error",
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", setTimeout: "readonly", setInterval: "readonly", clearTimeout: "readonly", URL: "readonly", fetch: "readonly", Buffer: "readonly", AbortSignal: "readonly" },
    },
  },
  layer(exec, [vscode, up("process|run|terminal|views|provider|commands|extension")]),
  layer(processRoom, [vscode, up("exec|run|terminal|views|provider|commands|extension")]),
  layer(run, [vscode, up("terminal|views|provider|commands|extension")]),
  layer(["src/taskRunner/terminal/**"], [up("views|provider|commands|extension")]),
  layer(["src/taskRunner/provider.ts"], [up("views|commands|extension")]),
  layer(["src/views/**", "src/commands.ts"], [up("extension")]),
  layer(["src/contributions.ts"], [vscode, ["^\\.", "contributions.ts stands alone: it only names things."]]),
);

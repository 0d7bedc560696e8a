import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

/** The floors of src/taskRunner, from the ground up. A room imports its own files and those of lower floors, never a sibling's. */
const floors = [["base"], ["exec", "process"], ["recovery", "task"], ["run"], ["remote"], ["terminal"]];
const above = ["views", "tasksJson", "provider", "commands", "api", "window", "extension"];

/** What a room of this floor may not import: its siblings, and every higher floor. */
function forbiddenTo(room) {
  const floor = floors.findIndex((rooms) => rooms.includes(room));
  return [...floors.slice(floor).flat().filter((other) => other !== room), ...above];
}

/** The layer rule: arrows go down only (extension > window > commands, views, provider > terminal > remote > run > recovery, task > process, exec > base). */
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
  { ignores: ["dist/", "out/", "node_modules/", "examples/", "test/programs/", "test/realPrograms/workspace/", "test/ui/windows/workspace/", "test/vscode/windowsPackages/", "test/vscode/node_modules/", "test/vscode/.data/", ".vscode-test/"] },
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
    files: ["**/*.mjs", "test/vscode/workspace/*.js"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", setTimeout: "readonly", setInterval: "readonly", clearTimeout: "readonly", URL: "readonly", fetch: "readonly", Buffer: "readonly", AbortSignal: "readonly" },
    },
  },
  ...floors.flat().map((room) => layer([`src/taskRunner/${room}/**`], [...(room === "terminal" ? [] : [vscode]), up(forbiddenTo(room).join("|"))])),
  layer(["src/taskRunner/provider.ts"], [up("views|tasksJson|commands|window|extension")]),
  layer(["src/views/**", "src/commands.ts"], [up("window|extension")]),
  layer(["src/tasksJson/*.ts"], [["^vscode$", "What reads and edits tasks.json runs in plain Node: vscode stays in tasksJson/editor/."], up("editor|views|terminal|run|provider|commands|api|window|extension")]),
  layer(["src/tasksJson/editor/**"], [up("terminal|provider|commands|api|window|extension")]),
  {
    files: ["src/**"],
    ignores: ["src/views/messages.ts"],
    rules: {
      "no-restricted-syntax": ["error", { selector: "MemberExpression[property.name=/^show(Information|Warning|Error)Message$/]", message: "VS Code makes links of what is in a message: views/messages.ts shows it as text." }],
    },
  },
  layer(["src/contributions.ts"], [vscode, ["^\\.", "contributions.ts stands alone: it only names things."]]),
);

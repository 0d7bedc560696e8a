import * as l10n from "@vscode/l10n";
/** A kind of task that people start from. The body is that of a snippet: `${1:...}` is to be filled in. */
export interface TaskSnippet {
  /** By which completion knows it. */
  readonly name: string;
  /** The same, as a list of kinds has it. */
  readonly title: string;
  readonly description: string;
  /** The lines between the braces, indented by tabs, as snippets have it. */
  readonly body: readonly string[];
}

export function taskSnippets(): readonly TaskSnippet[] {
  return [
    {
      name: "server",
      title: l10n.t("Server"),
      description: l10n.t("A server that runs until it is stopped"),
      body: ['"type": "cancellable",', '"label": "${1:dev server}",', '"command": "${2:npm}",', '"args": [${3:"run", "dev"}],', '"isBackground": true,', '"problemMatcher": []'],
    },
    {
      name: "watcher",
      title: l10n.t("Watcher"),
      description: l10n.t("A build that watches files, and whose errors become problems"),
      body: ['"type": "cancellable",', '"label": "${1:watch}",', '"command": "${2:npx tsc --watch}",', '"isBackground": true,', '"problemMatcher": "${3:\\$tsc-watch}",', '"group": "build"'],
    },
    {
      name: "build",
      title: l10n.t("Build"),
      description: l10n.t("A build that is killed, children included, if it hangs"),
      body: ['"type": "cancellable",', '"label": "${1:build}",', '"command": "${2:make}",', '"timeout": "${3:10m}",', '"problemMatcher": [${4:}],', '"group": { "kind": "build", "isDefault": true }'],
    },
    {
      name: "test",
      title: l10n.t("Test"),
      description: l10n.t("Tests that leave no process behind"),
      body: ['"type": "cancellable",', '"label": "${1:test}",', '"command": "${2:npm test}",', '"timeout": "${3:10m}",', '"survivors": "kill",', '"problemMatcher": [],', '"group": { "kind": "test", "isDefault": true }'],
    },
    {
      name: "debug server",
      title: l10n.t("Debug server"),
      description: l10n.t("A server that a debug session attaches to, started by its preLaunchTask"),
      body: [
        '"type": "cancellable",',
        '"label": "${1:debug server}",',
        '"command": "${2:node}",',
        '"args": [${3:"--inspect", "server.js"}],',
        '"isBackground": true,',
        '"problemMatcher": {',
        '\t"pattern": { "regexp": "^\\$" },',
        '\t"background": { "activeOnStart": true, "beginsPattern": "^\\$", "endsPattern": "${4:Debugger listening}" }',
        "}",
      ],
    },
  ];
}

/** The whole entry. */
export function snippetText({ body }: TaskSnippet): string {
  return ["{", ...body.map((line) => `\t${line}`), "}"].join("\n");
}

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Settings that keep a new VS Code calm: nothing opens, asks or recommends by itself. */
export const calmSettings: Readonly<Record<string, unknown>> = {
  "chat.commandCenter.enabled": false,
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "security.workspace.trust.enabled": false,
  "task.allowAutomaticTasks": "off",
  "telemetry.telemetryLevel": "off",
  "update.showReleaseNotes": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
};

/** Writes the user settings of every window that a server with this data folder serves, in place of those it has. */
export function writeSettings(dataDir: string, settings: Readonly<Record<string, unknown>>): void {
  const folder = join(dataDir, "data", "User");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings, undefined, 2));
}

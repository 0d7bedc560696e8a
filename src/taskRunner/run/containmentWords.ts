import * as l10n from "@vscode/l10n";
import type { NoContainment, NoScope } from "../process/container";
import type { RunSnapshot } from "./state";

/** How surely the processes of a run are known; undefined where there is nothing to say. */
export function containmentText(containment: RunSnapshot["containment"]): string | undefined {
  if (containment === undefined || containment.kind === "unsupported") return undefined;
  const isJob = process.platform === "win32";
  if (containment.kind === "noHelper") return l10n.t({ message: "not in a job, because the helper for Windows does not run ({0}): processes are known by who has started them", args: [containment.problem], comment: ["A job: a Job Object of Windows."] });
  if (isJob && containment.kind === "off") return l10n.t({ message: "not in a job, because {0}", args: [reasonText(containment)], comment: ["A job: a Job Object of Windows."] });
  if (isJob && containment.kind === "contained") return l10n.t({ message: "started in a job of its own, which none of its processes can leave", comment: ["A job: a Job Object of Windows."], args: [] });
  if (containment.kind === "contained") {
    if (containment.scope === undefined || containment.scope.because.kind === "unsupported" || containment.scope.because.kind === "noHelper") return l10n.t("started in a cgroup of its own, which none of its processes can leave unseen");
    const { unit, because } = containment.scope;
    return l10n.t({ message: "started in a cgroup of its own, which none of its processes can leave unseen; it is in {0}, which systemd has made for this window, because {1}", args: [unit, reasonText(because)], comment: ["{0}: the name of a systemd unit.", "{1}: such as 'the editor's own cgroup is not delegated to this user'."] });
  }
  if ("noScope" in containment) {
    return l10n.t({ message: "not in a cgroup of its own, because {0}, and {1}", args: [reasonText(containment), noScopeText(containment.noScope)], comment: ["{0}: such as 'the editor's own cgroup is not delegated to this user'.", "{1}: such as 'no systemd of this user's runs that would make another one'."] });
  }
  return l10n.t({ message: "not in a cgroup of its own, because {0}", args: [reasonText(containment)], comment: ["{0}: such as 'this system has no cgroup v2'."] });
}

function reasonText(reason: Exclude<NoContainment, { readonly kind: "unsupported" | "noHelper" }>): string {
  switch (reason.kind) {
    case "off":
      return l10n.t({ message: "the setting {0} is off", args: ["cancellableTasks.containment"], comment: ["{0}: the name of a setting."] });
    case "noCgroup2":
      return l10n.t("this system has no cgroup v2");
    case "outside":
      return l10n.t("the editor's own cgroup is not mounted here, as in some containers");
    case "notJoined":
      return l10n.t("no process may be moved into a new cgroup here");
    case "late":
      return l10n.t("trying a new cgroup took too long");
    case "refused":
      return refusalText(reason.code);
  }
}

function noScopeText(reason: NoScope): string {
  switch (reason) {
    case "noManager":
      return l10n.t("no systemd of this user's runs that would make another one");
    case "notMade":
      return l10n.t("this user's systemd makes no other one");
    case "notEntered":
      return l10n.t("systemd moves no process into another one");
    case "late":
      return l10n.t("this user's systemd took too long to make another one");
  }
}

function refusalText(code: string): string {
  if (code === "EACCES" || code === "EPERM") return l10n.t("the editor's own cgroup is not delegated to this user");
  if (code === "EROFS") return l10n.t("cgroups are mounted read-only here, as in many containers");
  if (code === "ENOENT") return l10n.t("the editor's own cgroup is not there any more");
  return l10n.t({ message: "the system refuses to make one ({0})", args: [code], comment: ["{0}: the system's error, such as 'EAGAIN'."] });
}

import * as l10n from "@vscode/l10n";

/** One sentence about a property that is wrong. @param name the property's @param value as tasks.json has it */
export type Sentence = (name: string, value: string) => string;

/** Told what is wrong with a property. @param ofKey the path of a property whose name is what is wrong */
export type Refuse = (name: string, value: unknown, sentence: Sentence, ofKey?: string) => void;

export const mustBeOptions: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be an object with "cwd", "env" and "shell".', name, value);
export const mustBeBlock: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be an object with properties of the task.', name, value);
export const mustNotBeBlank: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must not be blank.', name, value);
export const isSecondWay: Sentence = (name, value) => l10n.t('"{0}" is {1}, but "cancelInput" is set too: a task is asked to stop in one way.', name, value);
export const mustBeStrings: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be an object of strings.', name, value);
export const isNoVariableName: Sentence = (name, value) => l10n.t('"{0}" has {1}, which is no name for a variable.', name, value);
export const mustBeList: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a list of strings.', name, value);
export const mustBeString: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a string.', name, value);
export const mustHaveNoNul: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must not contain a NUL byte.', name, value);
export const isNotOfWindows: Sentence = (name, value) => l10n.t('"{0}" is {1}, which Windows does not have: there it must be "SIGINT" or "SIGTERM" (both are a Ctrl+C), "SIGKILL" or "none".', name, value);
export const mustBeBoolean: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be true or false.', name, value);
export const mustBeShell: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be true, false, an executable, or an object with "executable" and "args".', name, value);
export const mustBeExecutable: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be an executable, or an object with "executable" and "args".', name, value);
export const mustBeDuration: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a duration such as "5s" or "1m30s", or a number of milliseconds, 0 or more.', name, value);
export const mustBeRestart: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be "failure", "always", or an object with "on", "max" and "within".', name, value);
export const isNotOfRestart: Sentence = (name, value) => l10n.t('"{0}" is {1}, but "restart" has only "on", "max" and "within".', name, value);
export const mustBeCount: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a whole number, 1 or more.', name, value);
export const mustBeTimeSpan: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a duration such as "1m", or a number of milliseconds, more than 0.', name, value);
export const mustBeReady: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be "quiet", or an object with one of "port", "output", "http" and "command", or a list of these, all of which must hold.', name, value);
export const mustBePort: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a TCP port, a number from 1 to 65535.', name, value);
export const mustBeRegex: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a regular expression.', name, value);
export const mustBeUrl: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a URL such as "http://localhost:3000/health".', name, value);
export const mustBeCommandLine: Sentence = (name, value) => l10n.t('"{0}" is {1}, but must be a command line.', name, value);

/** @param reason what is wrong with it, in the words of JavaScript */
export function mustBeValidRegex(reason: string): Sentence {
  return (name, value) => l10n.t('"{0}" is {1}, but must be a regular expression: {2}.', name, value, reason);
}

export function mustBeOneOf(allowed: readonly string[]): Sentence {
  return (name, value) => l10n.t({ message: '"{0}" is {1}, but must be one of {2}.', args: [name, value, allowed.map((one) => JSON.stringify(one)).join(", ")], comment: ["{2}: a list of values."] });
}

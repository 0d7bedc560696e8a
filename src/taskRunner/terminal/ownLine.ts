/** How a line of our own looks in a terminal: a bullet, and the text in the terminal's own foreground, which every theme makes readable. */

const RESET = "\x1b[0m";
const YELLOW = "\x1b[33m";

/** What a line tells: what is being done, or what the user should know. Their bullets differ in form, so that colour is never the only sign. */
export type Weight = "info" | "warning";

export const BULLETS: Readonly<Record<Weight, string>> = { info: "●", warning: "▲" };

/**
 * A whole line, with its end.
 * @param isHighContrast the theme's kind: a terminal lifts a colour to a contrast of 4.5:1 only, and a high-contrast theme wants 7:1
 */
export function ownLine(weight: Weight, line: string, isHighContrast: boolean): string {
  const bullet = weight === "warning" && !isHighContrast ? `${YELLOW}${BULLETS.warning}${RESET}` : BULLETS[weight];
  return `${RESET}${bullet} ${line}\r\n`;
}

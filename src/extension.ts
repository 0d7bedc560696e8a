export function activate(): void {
  // Wired below.
}

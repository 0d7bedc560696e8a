export function area(width: number, height: number): number {
  return width * height;
}

// Mend me: the second argument is a number, not a string.
export const result = area(3, "4");

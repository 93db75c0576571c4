/** Did you mean ...? */

const maxWordLength = 64;

/** Edits (insert, delete, replace, swap neighbours) from one word to the other. */
function distance(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const next: number[] = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      next.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (next[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = next;
  }
  return last[to.length] ?? 0;
}

/** The known word that `word` was probably meant to be; none when nothing is near enough, or several are equally near. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > maxWordLength) return undefined;
  const wanted = word.toLowerCase();
  const limit = wanted.length < 4 ? 1 : 2;
  let nearest: readonly string[] = [];
  let nearestDistance = limit;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const found = distance(wanted, candidate.toLowerCase());
    if (found > nearestDistance) continue;
    nearest = found < nearestDistance ? [candidate] : [...nearest, candidate];
    nearestDistance = found;
  }
  return nearest.length === 1 ? nearest[0] : undefined;
}

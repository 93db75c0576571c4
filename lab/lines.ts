/** Text that comes in pieces, as lines. */

const maxLineLength = 16_384;

/** A function to feed with pieces of text, which calls `take` for each whole line; a line is cut at 16 KiB. */
export function splitLines(take: (line: string) => void): (piece: string) => void {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const line of lines) take(line.slice(0, maxLineLength));
  };
}

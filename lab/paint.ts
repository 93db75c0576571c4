/** Text with styles, cut and filled to a width, and its form for a terminal. */

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'warn' | 'first' | 'second' | 'bar';

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

const codes: Readonly<Record<Style, string>> = {
  plain: '0',
  bold: '1',
  dim: '2',
  good: '32',
  bad: '1;31',
  warn: '33',
  first: '36',
  second: '35',
  bar: '7',
};

/** A line of one style. */
export function line(text: string, style: Style = 'plain'): Line {
  return [{ text, style }];
}

/** The line in exactly `width` columns: cut, or filled up with blanks in the style of its end. */
export function fit(spans: Line, width: number): Line {
  let left = width;
  const fitted: Span[] = [];
  for (const span of spans) {
    const text = span.text.slice(0, left);
    left -= text.length;
    fitted.push({ text, style: span.style });
  }
  const isBar = spans.at(-1)?.style === 'bar';
  return [...fitted, { text: ' '.repeat(left), style: isBar ? 'bar' : 'plain' }];
}

/** The line as a terminal takes it. */
export function paint(spans: Line): string {
  const painted = spans
    .filter(({ text }) => text !== '')
    .map(({ text, style }) =>
      style === 'plain' ? text : `\u001b[${codes[style]}m${text}\u001b[0m`,
    );
  return painted.join('');
}

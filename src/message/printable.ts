const maxShown = 99;

/** What others sent, fit for a log line: at most 99 characters, and none that a terminal or a log reader obeys. */
export const printable = (text: string): string =>
  text.slice(0, maxShown).replaceAll(/[^!-~]/g, '?');

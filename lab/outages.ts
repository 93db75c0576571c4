/** What a client's answers say about the service. Times are milliseconds of the client's own clock. */

/** A while without an answer: between the last one of `from` and the first one of `to`. */
export interface Outage {
  readonly from: string;
  readonly to: string;
  readonly length: number;
}

export interface Answers {
  readonly asked: number;
  readonly answered: number;
  /** Who gave the last answer, and when; undefined before the first. */
  readonly last: { readonly from: string; readonly at: number } | undefined;
}

export const noAnswers: Answers = { asked: 0, answered: 0, last: undefined };

/** A shorter silence of one and the same host may be the client's own; another host's answer is always told. */
export const shortestOutage = 100;

/** What is known after an answer, and the outage that it ended, if it did. */
export function withAnswer(
  answers: Answers,
  from: string,
  at: number,
): { readonly answers: Answers; readonly outage: Outage | undefined } {
  const { last } = answers;
  const next = { ...answers, answered: answers.answered + 1, last: { from, at } };
  if (last === undefined) return { answers: next, outage: undefined };
  const length = Math.max(0, at - last.at);
  const isOutage = last.from !== from || length >= shortestOutage;
  return { answers: next, outage: isOutage ? { from: last.from, to: from, length } : undefined };
}

/**
 * The host that gave this answer, or undefined when it is none of ours or not whole. The lab's own page names its host; another page has
 * to be exactly `page` (and an end of line), and the host is in the header Served-By.
 */
export function servedBy(answer: string, page?: string): string | undefined {
  const [, head = '', body = ''] = /^(HTTP\/1\.[01] 200 .*?)\r\n\r\n(.*)$/s.exec(answer) ?? [];
  if (page === undefined) return /^served by ([A-Za-z0-9.-]{1,63})\n$/.exec(body)?.[1];
  if (body !== `${page}\n`) return undefined;
  return /\r\nServed-By: ([A-Za-z0-9.-]{1,63})(\r\n|$)/.exec(head)?.[1];
}

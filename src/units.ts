/** Units as types. A name needs no unit when its type has one. */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A length of time in milliseconds. */
export type Millis = Branded<number, 'Millis'>;

/** A point on this node's monotonic clock, in milliseconds; it never leaves the node. */
export type Instant = Branded<number, 'Instant'>;

/** A node name as Linux-HA compares it: ASCII lower case, at most 99 bytes. */
export type NodeName = Branded<string, 'NodeName'>;

export const millis = (count: number): Millis => count as Millis;
export const seconds = (count: number): Millis => (count * 1000) as Millis;
export const instant = (atMillis: number): Instant => atMillis as Instant;
export const after = (start: Instant, wait: Millis): Instant => (start + wait) as Instant;
export const elapsed = (start: Instant, end: Instant): Millis => Math.max(0, end - start) as Millis;
export const earlier = (one: Instant, other: Instant): Instant => (one < other ? one : other);

/** An instant that no clock reaches: "no deadline". */
export const never: Instant = Number.POSITIVE_INFINITY as Instant;

/** Node names are compared after ASCII lower-casing (spec membership 8). */
export const nodeName = (text: string): NodeName =>
  (/[A-Z]/.test(text)
    ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    : text) as NodeName;

/** What is known of a program of `respawn` or `failfast`, and of its end. */

/** A child as the rules see it. */
export interface ChildProgram {
  readonly kind: 'respawn' | 'failfast';
  /** Command and arguments as ha.cf has them. */
  readonly words: string;
  readonly uid: number;
  readonly gid: number;
}

/** How a child ended. */
export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly by: string };

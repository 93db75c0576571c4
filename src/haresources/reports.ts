/** What there is to log about resources, as data, and its words (spec membership 13). */
export interface ResourceReport {
  readonly kind: 'placeholder';
}

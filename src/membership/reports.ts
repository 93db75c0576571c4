/** What there is to log about membership, as data, and its words (spec membership 13). */
export interface MembershipReport {
  readonly kind: 'placeholder';
}

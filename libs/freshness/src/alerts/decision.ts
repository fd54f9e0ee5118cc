/** What a person decided about an alert; kept in the order of `atMs`. */
export type AlertDecision =
  | {
      readonly kind: 'acknowledge';
      /** The occurrence. */
      readonly id: string;
      readonly by: string;
      readonly atMs: number;
      readonly note: string;
    }
  | {
      readonly kind: 'silence';
      /** The cause: holds for all its occurrences until `untilMs`. */
      readonly key: string;
      readonly by: string;
      readonly atMs: number;
      readonly untilMs: number;
      readonly reason: string;
    };

export interface FreshnessVerdict {
  /** Answers that claimed a time up to which they hold everything, or to be fresh, and looks at a screen that did. */
  readonly claims: number;
  readonly freshClaims: number;
  /** Each in words, at most 20 of them. */
  readonly falseClaims: readonly string[];
  readonly falseCount: number;
  /** Questions that were not answered, as is right while something is dead. */
  readonly unanswered: number;
}

const MOST_TOLD = 20;

/** Counts claims of freshness, and those that were false. */
export class FalseClaims {
  private claims = 0;
  private freshClaims = 0;
  private falseCount = 0;
  private unanswered = 0;
  private readonly falseClaims: string[] = [];

  complete(): void {
    this.claims += 1;
  }

  fresh(): void {
    this.claims += 1;
    this.freshClaims += 1;
  }

  noAnswer(): void {
    this.unanswered += 1;
  }

  fail(what: string): void {
    this.falseCount += 1;
    if (this.falseClaims.length < MOST_TOLD) this.falseClaims.push(what);
  }

  verdict(): FreshnessVerdict {
    const { claims, freshClaims, falseClaims, falseCount, unanswered } = this;
    return { claims, freshClaims, falseClaims, falseCount, unanswered };
  }
}

import { budgetSeconds, type FreshnessObjective } from './objective.js';
import type { Verdict } from './slices.js';

/**
 * A share of the period's budget spent within the long window pages or makes a ticket, when the short window shows
 * that it is still being spent: multi-window, multi-burn-rate alerting of the SRE workbook, chapter 5.
 */
interface BurnRule {
  readonly name: 'page-1h' | 'page-6h' | 'ticket-3d';
  readonly severity: 'page' | 'ticket';
  readonly share: number;
  readonly longMs: number;
  readonly shortMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const BURN_RULES: readonly BurnRule[] = [
  { name: 'page-1h', severity: 'page', share: 0.02, longMs: HOUR, shortMs: 5 * MINUTE },
  { name: 'page-6h', severity: 'page', share: 0.05, longMs: 6 * HOUR, shortMs: 30 * MINUTE },
  { name: 'ticket-3d', severity: 'ticket', share: 0.1, longMs: 72 * HOUR, shortMs: 6 * HOUR },
];

export interface Burn {
  readonly rule: BurnRule;
  /** Multiple of the even pace that both windows have to reach: share × period ÷ long window. */
  readonly threshold: number;
  /** Bad seconds as a multiple of what the even pace allows in the window. */
  readonly longRate: number;
  readonly shortRate: number;
  readonly isBurning: boolean;
}

const WINDOWS_S = [...new Set(BURN_RULES.flatMap(({ longMs, shortMs }) => [longMs, shortMs]))].map(
  (ms) => ms / 1000,
);
const RING_S = Math.max(...WINDOWS_S);
const CODES: Readonly<Record<Verdict, number>> = { good: 0, bad: 1, excluded: 2 };

/**
 * The last three days of one metric, second by second (260 KB), with the sums of every rule's windows kept along.
 * Seconds that were not told are bad from the first one told on.
 */
export class BurnWindows {
  readonly #ring = new Uint8Array(RING_S);
  readonly #bad = WINDOWS_S.map(() => 0);
  readonly #excluded = WINDOWS_S.map(() => 0);
  #last: number | undefined;

  constructor(private readonly objective: FreshnessObjective) {}

  /** Newest second that was told; undefined: none, the objective has not begun. */
  get lastSecond(): number | undefined {
    return this.#last;
  }

  /** Seconds in order; those before the newest one are ignored, those left out are judged by `missing`. */
  add(second: number, verdict: Verdict, missing: (second: number) => Verdict = () => 'bad'): void {
    if (this.#last !== undefined && second <= this.#last) return;
    const from = this.#last === undefined ? second : Math.max(this.#last + 1, second - RING_S);
    for (let each = from; each < second; each++) this.#push(each, missing(each));
    this.#push(second, verdict);
  }

  /** How fast the budget is being spent, by rule; rules longer than the period are left out. */
  burns(): Burn[] {
    const { objective, overMs } = this.objective;
    return BURN_RULES.filter(({ longMs }) => longMs <= overMs).map((rule) => {
      const threshold = (rule.share * overMs) / rule.longMs;
      const longRate = this.#rate(rule.longMs / 1000) / (1 - objective);
      const shortRate = this.#rate(rule.shortMs / 1000) / (1 - objective);
      // A budget may be so large that no window can spend it so fast: then a window that is all bad is enough.
      const most = 1 / (1 - objective);
      const enough = Math.min(threshold, most);
      return { rule, threshold, longRate, shortRate, isBurning: longRate >= enough && shortRate >= enough };
    });
  }

  /** Bad seconds of the last `ms`, one of the rules' windows. */
  badSeconds(ms: number): number {
    return this.#bad[WINDOWS_S.indexOf(ms / 1000)] ?? 0;
  }

  #rate(windowS: number): number {
    const at = WINDOWS_S.indexOf(windowS);
    const counted = windowS - (this.#excluded[at] as number);
    return counted <= 0 ? 0 : (this.#bad[at] as number) / counted;
  }

  #push(second: number, verdict: Verdict): void {
    const first = this.#last === undefined;
    const code = CODES[verdict];
    for (let i = 0; i < WINDOWS_S.length; i++) {
      const gone = first ? 0 : (this.#ring[mod(second - (WINDOWS_S[i] as number))] as number);
      this.#bad[i] = (this.#bad[i] as number) + Number(code === 1) - Number(gone === 1);
      this.#excluded[i] = (this.#excluded[i] as number) + Number(code === 2) - Number(gone === 2);
    }
    this.#ring[mod(second)] = code;
    this.#last = second;
  }
}

function mod(second: number): number {
  return ((second % RING_S) + RING_S) % RING_S;
}

/** Share of the period's budget that these bad seconds are. */
export function budgetShare(objective: FreshnessObjective, badSeconds: number): number {
  const budget = budgetSeconds(objective);
  return budget === 0 ? (badSeconds === 0 ? 0 : Infinity) : badSeconds / budget;
}

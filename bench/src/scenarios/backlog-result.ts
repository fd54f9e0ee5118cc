import { type Calibration } from '../measure/calibration.js';
import { type Comparison } from '../measure/check.js';
import { type Usage } from '../measure/usage.js';

/** One pass with what it came to. */
export interface MeasuredPass {
  readonly kind: 'cold' | 'warm';
  readonly wallSeconds: number;
  /** Of all processes and of the merges that followed; the broker apart. */
  readonly cpuSeconds: number;
  readonly eventsPerCpuSecond: number;
  /** Peaks of all processes added up. */
  readonly peakRssBytes: number;
  readonly mergeSecondsAfter: number;
  readonly processes: Readonly<Record<string, Usage>>;
  /** What the contestant says of the pass itself. */
  readonly remark?: string;
  /** Every count and sum agrees with the recount. */
  readonly right: boolean;
  readonly comparisons: Readonly<Record<string, Comparison>>;
  readonly calibration: Calibration;
}

export interface MeasuredContestant {
  readonly name: string;
  readonly title: string;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly passes: readonly MeasuredPass[];
  /** Why it could not be measured to its end. */
  readonly failure?: string;
}

export interface BacklogResult {
  readonly events: number;
  readonly bytes: number;
  readonly seed: number;
  readonly contestants: readonly MeasuredContestant[];
  /**
   * Median events per CPU second of Freshet over each rival's. `cold` holds the start of the processes; `warm`
   * compares what ran before; what has nothing to warm (the Kafka engine) has one figure, used in both.
   */
  readonly ratios: Readonly<Record<string, { readonly cold?: number; readonly warm?: number }>>;
}

/** Median events per CPU second of a contestant's passes of a kind. */
export function medianRate({ passes }: MeasuredContestant, kind: 'cold' | 'warm'): number | undefined {
  const rates = passes.filter((pass) => pass.kind === kind).map((pass) => pass.eventsPerCpuSecond);
  rates.sort((a, b) => a - b);
  const middle = rates.length >> 1;
  const upper = rates[middle];
  if (upper === undefined) return undefined;
  return rates.length % 2 === 1 ? upper : ((rates[middle - 1] ?? upper) + upper) / 2;
}

export function ratiosOf(contestants: readonly MeasuredContestant[]): BacklogResult['ratios'] {
  const ours = contestants.find(({ name }) => name === 'freshet');
  if (ours === undefined) return {};
  return Object.fromEntries(
    contestants
      .filter(({ name, passes }) => name !== 'freshet' && passes.length > 0)
      .map((rival) => {
        const cold = medianRate(rival, 'cold');
        const ratio = (our: number | undefined, their: number | undefined) =>
          our === undefined || their === undefined ? undefined : our / their;
        const ratios = {
          cold: ratio(medianRate(ours, 'cold'), cold),
          warm: ratio(medianRate(ours, 'warm'), medianRate(rival, 'warm') ?? cold),
        };
        return [
          rival.name,
          Object.fromEntries(Object.entries(ratios).filter(([, value]) => value !== undefined)),
        ];
      }),
  );
}

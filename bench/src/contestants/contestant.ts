import { type Expected, type Reading } from '../measure/check.js';
import { type Topic } from '../load/events.js';
import { type Usage } from '../measure/usage.js';

/** What a contestant is given: topics that are full and do not change. */
export interface Course {
  readonly broker: string;
  readonly counts: Readonly<Record<Topic, number>>;
  readonly events: number;
  /** Passes after the first one in the same process, of contestants that warm up; 0: none. */
  readonly warmPasses: number;
  /** Folder for a CPU profile of Freshet's ingest. */
  readonly profile: string | undefined;
}

/** One pass from the start of the backlog to everything stored. */
export interface Pass {
  /** `cold`: from the start of the process; `warm`: in a process that has done it before. */
  readonly kind: 'cold' | 'warm';
  readonly wallSeconds: number;
  /** By process, CPU seconds of this pass and peak memory since its start. */
  readonly processes: Readonly<Record<string, Usage>>;
  /** CPU seconds of the merges that the store still did afterwards; not in `processes`. */
  readonly mergeSecondsAfter: number;
  /** Metrics by name and facts as `facts.<topic>`, as readers find them. */
  readonly reading: Reading;
  /** What the contestant says of the pass itself. */
  readonly remark?: string;
  /** Where it read other topics than those of the course. */
  readonly expected?: Expected;
}

/** How often a store is asked whether everything is there, ms. */
export const LOOK_EVERY_MS = 500;

export interface Contestant {
  readonly name: string;
  readonly title: string;
  /** Settings that matter, for the results file. */
  readonly settings: Readonly<Record<string, string | number>>;
  run(course: Course): Promise<Pass[]>;
}

/** What a process used between two looks at it. */
export function between(before: Usage, after: Usage): Usage {
  return { cpuSeconds: after.cpuSeconds - before.cpuSeconds, peakRssBytes: after.peakRssBytes };
}

import { parseArgs } from 'node:util';

const SCENARIOS = [
  'guard',
  'backlog',
  'latency',
  'live',
  'profile',
  'viewers',
  'growth',
  'start',
  'memory',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly quick: boolean;
  /** Of the backlog. */
  readonly events: number;
  readonly repetitions: number;
  /** Passes after the cold one, of what runs on the JVM. */
  readonly warmPasses: number;
  /** Names to run; empty: all. */
  readonly contestants: readonly string[];
  /** How long a live figure is measured, seconds. */
  readonly seconds: number;
  /** Keep the result as the one that later runs are compared with. */
  readonly accept: boolean;
  /** Measure nothing, write docs/performance.md. */
  readonly report: boolean;
  /** Measure nothing, tell the options. */
  readonly help: boolean;
  /** Of the start: also time `npm test`. */
  readonly tests: boolean;
  /** Of the backlog: folder for a CPU profile of ingest. */
  readonly profile: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --quick               small: 200,000 events, one repetition, 15 s, low rates; alone: backlog only
  --only <scenarios>    ${SCENARIOS.join(', ')}; several with commas (by default all)
  --events <n>          events of the backlog (1,000,000)
  --repetitions <n>     runs of each contestant (3)
  --warm <n>            warm passes of each JVM contestant (4)
  --contestants <names> only these, with commas
  --seconds <n>         length of each live figure (60)
  --tests               with start: also the time of npm test, a quarter of an hour
  --accept              keep the result in bench/results as the accepted one
  --report              only write docs/performance.md from the accepted results
  --profile <folder>    of the backlog: write a CPU profile of Freshet's ingest there
  --help                only tell these options`;

/** Reads the command line. Throws with a sentence for a person. */
export function readOptions(parameters: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      events: { type: 'string' },
      repetitions: { type: 'string' },
      warm: { type: 'string' },
      contestants: { type: 'string' },
      seconds: { type: 'string' },
      tests: { type: 'boolean', default: false },
      accept: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const { quick } = values;
  const only = values.only?.split(',') ?? (quick ? ['backlog'] : SCENARIOS);
  const unknown = only.find((name) => !SCENARIOS.includes(name as Scenario));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: choose from ${SCENARIOS.join(', ')}.`);
  }
  return {
    scenarios: only as Scenario[],
    quick,
    events: count('--events', values.events, quick ? 200_000 : 1_000_000),
    repetitions: count('--repetitions', values.repetitions, quick ? 1 : 3),
    warmPasses: count('--warm', values.warm, quick ? 1 : 4),
    contestants: values.contestants?.split(',') ?? [],
    seconds: count('--seconds', values.seconds, quick ? 15 : 60),
    tests: values.tests,
    accept: values.accept,
    report: values.report,
    help: values.help,
    profile: values.profile,
  };
}

function count(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} ${text}: give a whole number.`);
  return value;
}

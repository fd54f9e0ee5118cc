import { startBroker } from '../broker.js';
import { cleaningUp } from '../cleanup.js';
import { type Contestant, type Course, type Pass } from '../contestants/contestant.js';
import { freshet } from '../contestants/freshet.js';
import { flink, kafkaStreams100, kafkaStreams1000 } from '../contestants/jvm-rival.js';
import { kafkaEngineDocumented, kafkaEngineTuned } from '../contestants/kafka-engine.js';
import { buildRivals } from '../contestants/build-rivals.js';
import { AGE_MS, countsOf, createTopics, produceBacklog } from '../load/backlog.js';
import { calibrate } from '../measure/calibration.js';
import { compare, isRight, recountAll, type Expected } from '../measure/check.js';
import { type Options } from '../options.js';
import {
  ratiosOf,
  type BacklogResult,
  type MeasuredContestant,
  type MeasuredPass,
} from './backlog-result.js';

const ALL: readonly Contestant[] = [
  freshet,
  kafkaEngineTuned,
  kafkaEngineDocumented,
  kafkaStreams100,
  kafkaStreams1000,
  flink,
];
const SEED = 8;

/** Events of the guard: little more than the start of the processes, and as much as a run of all checks can afford. */
const GUARD_EVENTS = 100_000;

/** Freshet and its nearest rival over a short backlog: tells whether it became slower. */
export function runGuard(options: Options): Promise<BacklogResult> {
  const contestants = [freshet.name, kafkaEngineTuned.name];
  return runBacklog({ ...options, events: GUARD_EVENTS, warmPasses: 0, contestants });
}

/** Everybody reads the same full topics, one after the other, from their start to everything stored. */
export function runBacklog(options: Options): Promise<BacklogResult> {
  return cleaningUp(async (cleanup) => {
    const chosen = chooseContestants(options.contestants);
    if (chosen.some(({ name }) => /streams|flink/.test(name))) buildRivals();
    const broker = await startBroker(cleanup);
    await createTopics(broker.kafka);
    console.log(`backlog: producing ${options.events.toLocaleString('en')} events`);
    const backlog = await produceBacklog(broker.kafka, options.events, SEED, Date.now() - AGE_MS);
    console.log('backlog: recounting them');
    const expected = recountAll(backlog);
    const course: Course = {
      broker: broker.address,
      events: backlog.events,
      warmPasses: options.warmPasses,
      counts: countsOf(backlog),
      profile: options.profile,
    };
    const passes = new Map<string, MeasuredPass[]>();
    const failures = new Map<string, string>();
    for (let repetition = 1; repetition <= options.repetitions; repetition++) {
      for (const contestant of chosen) {
        if (failures.has(contestant.name)) continue;
        const measured = passes.get(contestant.name) ?? [];
        passes.set(contestant.name, measured);
        try {
          const ran = await contestant.run(course);
          measured.push(...ran.map((pass) => measure(pass, expected, course.events)));
          for (const pass of measured.slice(-ran.length)) console.log(line(contestant, pass));
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          failures.set(contestant.name, why);
          console.log(`${contestant.title}: FAILED: ${why}`);
        }
      }
    }
    const contestants = chosen.map(({ name, title, settings }): MeasuredContestant => {
      const failure = failures.get(name);
      return {
        name,
        title,
        settings,
        passes: passes.get(name) ?? [],
        ...(failure === undefined ? {} : { failure }),
      };
    });
    return {
      events: backlog.events,
      bytes: backlog.bytes,
      seed: SEED,
      contestants,
      ratios: ratiosOf(contestants),
    };
  });
}

function chooseContestants(names: readonly string[]): readonly Contestant[] {
  const unknown = names.find((name) => !ALL.some((contestant) => contestant.name === name));
  if (unknown !== undefined) {
    throw new Error(`--contestants ${unknown}: choose from ${ALL.map(({ name }) => name).join(', ')}.`);
  }
  return names.length === 0 ? ALL : ALL.filter(({ name }) => names.includes(name));
}

function measure(pass: Pass, expected: Expected, events: number): MeasuredPass {
  const { reading, expected: own = expected, ...rest } = pass;
  const usages = Object.values(pass.processes);
  const cpuSeconds = usages.reduce((sum, usage) => sum + usage.cpuSeconds, pass.mergeSecondsAfter);
  const comparisons = compare(own, reading);
  return {
    ...rest,
    cpuSeconds,
    eventsPerCpuSecond: events / cpuSeconds,
    peakRssBytes: usages.reduce((sum, usage) => sum + usage.peakRssBytes, 0),
    right: isRight(comparisons),
    comparisons,
    calibration: calibrate(),
  };
}

function line({ title }: Contestant, pass: MeasuredPass): string {
  const parts = Object.entries(pass.processes)
    .map(([name, { cpuSeconds }]) => `${name} ${cpuSeconds.toFixed(1)}`)
    .join(' + ');
  const wrong = Object.entries(pass.comparisons)
    .filter(([, comparison]) => comparison.wrong > 0)
    .map(([metric, { wrong: count, windows, example }]) => `${metric} ${count}/${windows} (${example})`);
  return (
    `${title.padEnd(40)} ${pass.kind}  ${Math.round(pass.eventsPerCpuSecond).toLocaleString('en').padStart(9)} ev/CPU s  ` +
    `${pass.wallSeconds.toFixed(1)} s wall, ${pass.cpuSeconds.toFixed(1)} s CPU (${parts} + merges ${pass.mergeSecondsAfter.toFixed(1)}), ` +
    `${Math.round(pass.peakRssBytes / 2 ** 20)} MB, calibration ${pass.calibration.cpuSeconds.toFixed(2)} s, ` +
    `load ${pass.calibration.loadAverage.toFixed(1)}  ${pass.right ? 'right' : `WRONG: ${wrong.join('; ')}`}` +
    (pass.remark === undefined ? '' : `; ${pass.remark}`)
  );
}

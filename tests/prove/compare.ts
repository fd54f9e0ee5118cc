import { recount, RULES, valueOf, type Folding, type LoggedRecord } from '../recount.js';
import { LEVELS, recountLevel, type Logs } from '../recount-levels.js';
import { TOPICS, type Topic } from '../events.js';
import type { Rig } from './rig.js';

export interface Verdict {
  readonly records: number;
  readonly events: number;
  readonly panes: number;
  /** Windows of a series whose value is another one than the recount's, at most 20 of them told. */
  readonly differences: readonly string[];
  readonly lost: number;
  readonly doubled: number;
  /** Where the first of them are, and what the store has there. */
  readonly places: readonly string[];
}

const MINUTE_MS = 60_000;
const MOST_PLACES = 20;
/** Quantiles are sketches: their stated error is 1 %, of a rank between two observations. */
const QUANTILE_ERROR = 0.03;

interface CompareOptions {
  readonly folding?: Folding;
}

/** Compares every window of every metric with a recount of the log, and every fact with the log's records. */
export async function compare(rig: Rig, logs: Logs, { folding }: CompareOptions = {}): Promise<Verdict> {
  const differences: string[] = [];
  const nowMs = Date.now();
  let panes = 0;
  const check = async (
    metric: string,
    { dimensions, sizeMs, everyMs }: { dimensions: readonly string[]; sizeMs: number; everyMs: number },
    wanted: ReadonlyMap<string, number | null>,
  ): Promise<void> => {
    const rows = await rig.rows<Record<string, string | number | null>>(
      `SELECT toUnixTimestamp64Milli(window_start) AS start_ms, value, ${dimensions.join(', ')} FROM metrics.${metric}`,
    );
    const stored = new Map(
      rows.map((row) => [
        [row['start_ms'], ...dimensions.map((name) => row[name])].join('|'),
        row['value'] === null ? null : Number(row['value']),
      ]),
    );
    panes += wanted.size;
    for (const key of new Set([...wanted.keys(), ...stored.keys()])) {
      // Views show windows that have begun their last step.
      if (Number(key.slice(0, key.indexOf('|'))) + sizeMs > nowMs + everyMs) continue;
      const [expected, found] = [wanted.get(key), stored.get(key)];
      if (!isSame(metric, expected, found))
        differences.push(`${metric} ${key}: the log has ${String(expected)}, the store ${String(found)}`);
    }
  };
  for (const [metric, rule] of Object.entries(RULES)) {
    const tallies = recount(metric, logs[rule.topic as Topic], folding);
    await check(metric, rule, new Map([...tallies].map(([key, tally]) => [key, valueOf(metric, tally)])));
  }
  for (const [metric, { dimensions }] of Object.entries(LEVELS)) {
    const untilMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    const minutes = { dimensions, sizeMs: MINUTE_MS, everyMs: MINUTE_MS };
    await check(metric, minutes, recountLevel(metric, logs, untilMs));
  }
  let [events, lost, doubled] = [0, 0, 0];
  const places: string[] = [];
  for (const topic of TOPICS) {
    const counted = await rig.rows<{ partition: number; offset: number }>(
      `SELECT partition, offset FROM freshet.${topic}_log FINAL WHERE duplicate_of = -1`,
    );
    const expected = countedOffsets(logs[topic]);
    const stored = new Set(counted.map(({ partition, offset }) => `${partition}/${offset}`));
    events += expected.size;
    const wrong = [
      ...[...expected].filter((at) => !stored.has(at)).map((at) => ['lost', at] as const),
      ...[...stored].filter((at) => !expected.has(at)).map((at) => ['doubled', at] as const),
    ];
    for (const [how, at] of wrong) {
      if (how === 'lost') lost += 1;
      else doubled += 1;
      if (places.length < MOST_PLACES) places.push(await placeOf(rig, topic, how, at, logs));
    }
  }
  const records = TOPICS.reduce((sum, topic) => sum + logs[topic].length, 0);
  return { records, events, panes, differences, lost, doubled, places };
}

/** What the log and the store have at an offset, and how its chunk was counted. */
async function placeOf(rig: Rig, topic: Topic, how: string, at: string, logs: Logs): Promise<string> {
  const [partition, offset] = at.split('/').map(Number) as [number, number];
  const record = logs[topic].find((each) => each.partition === partition && each.offset === offset);
  const facts = await rig.rows(
    `SELECT chunk, duplicate_of, log_time FROM freshet.${topic}_log FINAL WHERE partition = ${partition} AND offset = ${offset}`,
  );
  const chunks = await rig.rows(
    `SELECT chunk, max(panes_through) AS panes, max(facts_through) AS facts, max(l.\`end\`) AS \`end\` FROM freshet.ledger_log AS l
     WHERE topic = '${topic}' AND partition = ${partition} AND chunk <= ${offset} GROUP BY chunk ORDER BY chunk DESC LIMIT 2`,
  );
  const outcomes = await rig.rows(
    `SELECT outcome, reason, sum(count) AS count FROM freshet.outcomes_log FINAL WHERE topic = '${topic}' AND partition = ${partition}
       AND chunk = (SELECT max(chunk) FROM freshet.ledger_log WHERE topic = '${topic}' AND partition = ${partition} AND chunk <= ${offset})
     GROUP BY outcome, reason`,
  );
  const stored = JSON.stringify({ facts, chunks, outcomes });
  return `${how}: ${topic} ${at}, ${record?.value?.slice(0, 200) ?? 'no record'}; the store has ${stored}`;
}

function isSame(
  metric: string,
  expected: number | null | undefined,
  found: number | null | undefined,
): boolean {
  if (expected === undefined || found === undefined || expected === null || found === null)
    return expected === found;
  if (metric === 'payment_latency_p95') return Math.abs(found - expected) <= QUANTILE_ERROR * expected;
  return Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}

/** Where the first record of each id is, of those that are whole: one partition's ids are its own. */
function countedOffsets(records: readonly LoggedRecord[]): Set<string> {
  const ids = new Set<string>();
  const offsets = new Set<string>();
  for (const { partition, offset, value } of records) {
    const id = idOf(value);
    if (id === undefined || ids.has(`${partition}/${id}`)) continue;
    ids.add(`${partition}/${id}`);
    offsets.add(`${partition}/${offset}`);
  }
  return offsets;
}

function idOf(value: string | null): string | undefined {
  try {
    return (JSON.parse(value ?? '') as { id?: string }).id;
  } catch {
    return undefined;
  }
}

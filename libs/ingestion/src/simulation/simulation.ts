import { sameSource } from '../ownership.js';
import type { SourcePartition } from '../ports.js';
import { METRIC, OTHER, PANE_MS, decodeEvent, REVISIONS } from './fakes.js';
import { effectiveAdvances, recompute, type Expected, type PaneSum } from './recompute.js';
import type { WorldRecord } from './witness.js';
import { LIMITS, TOPIC, type SimulationOptions } from './options.js';
import { World } from './world.js';

export type { SimulationOptions } from './options.js';

/**
 * Runs one random schedule over one random log, heals everything, and compares what is stored with a recompute.
 * @returns the differences: none when all is well
 */
export async function simulate(options: SimulationOptions): Promise<string[]> {
  const world = new World(options);
  for (let step = 0; step < (options.steps ?? 200); step += 1) await world.step();
  await world.heal();
  const found = [...world.witness.lies, ...(world.archiving?.lies ?? [])];
  if (world.traits.compacted && (await isEmpty(world))) return found;
  for (const partition of world.partitions)
    found.push(...(await (world.lossy.has(partition) ? boundsOf : differencesOf)(world, partition)));
  if (world.before !== undefined)
    for (const partition of world.partitions)
      found.push(...(await oldLifeOf(world, world.before, partition)));
  return found;
}

async function isEmpty({ store, partitions }: World): Promise<boolean> {
  const facts = await Promise.all(
    partitions.map((partition) => store.readFacts(TOPIC, { topic: TOPIC, incarnation: 1, partition })),
  );
  return facts.flat().length === 0;
}

type Sums = Map<string, PaneSum>;

/** Sums of one revision by `chunk/pane/region`. */
async function storedPanes(world: World, of: SourcePartition, revision: string): Promise<Sums> {
  const sums: Sums = new Map();
  for (const { source, chunk, row } of await world.store.readPanes(METRIC))
    if (sameSource(source, of) && row.revision === revision)
      sums.set(`${chunk}/${row.paneStartMs}/${row.dimensions[0]}`, {
        chunk,
        events: row.events,
        late: row.lateEvents,
        sum: Number(row.sums[0]),
      });
  return sums;
}

async function differencesOf(world: World, partition: number): Promise<string[]> {
  const { store, history, letters, log, sealedBy } = world;
  const found: string[] = [];
  const compare = (what: string, expected: unknown, stored: unknown): void => {
    const [a, b] = [JSON.stringify(expected), JSON.stringify(stored)];
    if (a !== b) found.push(`${what} of ${partition}: expected ${a}, stored ${b}`);
  };
  const source = world.sourceOf(partition);
  const expected = expectedOf(world, source, history[partition]!);
  const last = REVISIONS[1].name;
  const newest = Math.max(0, ...[...expected.panes.values()].map(({ chunk }) => chunk));
  const isSealed = (chunk: number): boolean =>
    REVISIONS.some(({ name }) => sealedBy.has(`${name}/${source.incarnation}/${partition}/${chunk}`));
  for (const { name, factor } of REVISIONS) {
    // Whoever sealed a chunk has counted all of it; an open one was read to its end by the last owner.
    const covered = ({ chunk }: PaneSum): boolean =>
      sealedBy.has(`${name}/${source.incarnation}/${partition}/${chunk}`) ||
      (name === last && chunk === newest && !isSealed(chunk));
    const wanted = new Map(
      [...expected.panes]
        .filter(([, pane]) => covered(pane))
        .map(([key, pane]) => [key, { ...pane, sum: pane.sum * factor }]),
    );
    const stored = [...(await storedPanes(world, source, name))].filter(([, pane]) => covered(pane));
    compare(`panes ${name}`, texts(wanted), texts(new Map(stored)));
  }
  const facts = await store.readFacts(TOPIC, source);
  const verdicts = facts.map(({ offset, duplicateOf }) => [offset, duplicateOf]);
  compare('verdicts', [...expected.verdicts], verdicts);
  const outcomes = new Map<string, number>();
  for (const { outcome, reason, count } of await store.readOutcomes(source))
    outcomes.set(`${outcome}/${reason}`, (outcomes.get(`${outcome}/${reason}`) ?? 0) + count);
  compare('outcomes', [...expected.outcomes].sort(), [...outcomes].sort());
  compare('letters', expected.invalid, letters.offsets(`${TOPIC}.dlq`, partition, source.incarnation));
  compare('gaps', [], await store.readGaps(source));
  const through = Math.max(...store.ledgerOf(source).map(({ panesThrough }) => panesThrough));
  compare('ledger', log.end(TOPIC, partition) - 1, through);
  return found;
}

function expectedOf(world: World, source: SourcePartition, records: readonly WorldRecord[]): Expected {
  const { store, logTime, traits } = world;
  const advances = effectiveAdvances(store.advancesOf(source));
  const { maxSeries } = traits;
  const from = beginningOf(world, source);
  const rule = { ...LIMITS, horizonOffsets: LIMITS.dedupeHorizonOffsets, logTime, maxSeries, from };
  return recompute(records, advances, store.openingsOf(source), rule);
}

/** Where counting began: of the starts that were proposed, the lowest into which something was read. */
function beginningOf({ store }: World, source: SourcePartition): number {
  const rows = store.ledgerOf(source);
  const read = rows.filter(({ chunk, end, panesThrough }) => end >= 0 || panesThrough >= chunk);
  return read[0]?.chunk ?? Number.MAX_SAFE_INTEGER;
}

/** What is stored of the life that a recreated topic had before: nothing of its new records, and no sealed chunk differs. */
async function oldLifeOf(
  world: World,
  { history, lossy }: NonNullable<World['before']>,
  partition: number,
): Promise<string[]> {
  const source = { ...world.sourceOf(partition), incarnation: 1 };
  const expected = expectedOf(world, source, history[partition]!);
  const found: string[] = [];
  const records = new Map(history[partition]!.map((record) => [record.offset, record]));
  for (const { offset, logTimeMs, duplicateOf } of await world.store.readFacts(TOPIC, source)) {
    if (records.get(offset)?.logTimeMs !== logTimeMs)
      found.push(`fact ${offset} of ${partition} is none of the life before`);
    else if (!lossy.has(partition) && expected.verdicts.get(offset) !== duplicateOf)
      found.push(`fact ${offset} of ${partition} has another verdict in the life before`);
  }
  if (lossy.has(partition)) return found;
  for (const { name, factor } of REVISIONS) {
    const isSealed = ({ chunk }: PaneSum): boolean => world.sealedBy.has(`${name}/1/${partition}/${chunk}`);
    const stored = [...(await storedPanes(world, source, name))].filter(([, pane]) => isSealed(pane));
    const wanted = [...expected.panes]
      .filter(([, pane]) => isSealed(pane))
      .map(([key, pane]): [string, PaneSum] => [key, { ...pane, sum: pane.sum * factor }]);
    const [a, b] = [texts(new Map(wanted)), texts(new Map(stored))].map((each) => JSON.stringify(each));
    if (a !== b) found.push(`panes ${name} of ${partition} in the life before: expected ${a}, stored ${b}`);
  }
  return found;
}

/**
 * Where retention took what nobody had stored: only what a gap names may be missing, nothing counts twice, and
 * panes hold at least what the facts hold.
 */
async function boundsOf(world: World, partition: number): Promise<string[]> {
  const { store, history, log } = world;
  const found: string[] = [];
  const source = world.sourceOf(partition);
  const gaps = await store.readGaps(source);
  const inGap = (offset: number): boolean =>
    gaps.some(({ from, through }) => offset >= from && offset <= through);
  const facts = new Map((await store.readFacts(TOPIC, source)).map((fact) => [fact.offset, fact]));
  const least = new Map<string, number>();
  const most = new Map<string, number>();
  const from = beginningOf(world, source);
  // Which series is folded depends on what was lost: a row of before may stay beside the folded one, and then says so.
  const isFolding = world.traits.maxSeries !== Number.POSITIVE_INFINITY;
  const paneOf = (key: string): string => (isFolding ? key.slice(0, key.indexOf('/')) : key);
  for (const { offset, value } of history[partition]!) {
    if (offset < from) continue;
    const event = value === null ? undefined : decodeEvent(value);
    if (event === undefined) continue;
    const fact = facts.get(offset);
    const key = paneOf(`${Math.floor(event.timeMs / PANE_MS) * PANE_MS}/${event.region}`);
    if (fact === undefined && !inGap(offset))
      found.push(`fact ${offset} of ${partition} is lost and no gap names it`);
    // What repeats a lost event counts, also where a fact that landed late knows of it.
    const mayCount = fact === undefined || fact.duplicateOf === -1 || inGap(fact.duplicateOf);
    if (mayCount) most.set(key, (most.get(key) ?? 0) + 1);
    if (fact?.duplicateOf === -1) least.set(key, (least.get(key) ?? 0) + 1);
  }
  const sealed = new Set([...world.sealedBy].map((key) => key.split('/').slice(1).join('/')));
  const stored = new Map<string, number>();
  for (const { name } of REVISIONS) {
    const counted = new Map<string, number>();
    const partial = new Set<string>();
    for (const [key, { events }] of await storedPanes(world, source, name)) {
      const pane = paneOf(key.slice(key.indexOf('/') + 1));
      counted.set(pane, (counted.get(pane) ?? 0) + events);
      if (key.endsWith(OTHER)) partial.add(pane);
    }
    for (const [pane, events] of counted) stored.set(pane, Math.max(stored.get(pane) ?? 0, events));
    for (const [pane, events] of counted)
      if (events > (most.get(pane) ?? 0) && !partial.has(pane))
        found.push(`pane ${pane} of ${partition} counts ${events} of ${most.get(pane)}`);
  }
  if (sealed.size === 0)
    for (const [pane, events] of least)
      if ((stored.get(pane) ?? 0) < events)
        found.push(`pane ${pane} of ${partition} has ${stored.get(pane)} of ${events}`);
  const through = Math.max(...store.ledgerOf(source).map(({ panesThrough }) => panesThrough));
  if (through !== log.end(TOPIC, partition) - 1) found.push(`ledger of ${partition} ends at ${through}`);
  return found;
}

function texts(panes: Sums): [string, string][] {
  return [...panes]
    .map(([key, { events, late, sum }]): [string, string] => [key, `${events} (${late} late) = ${sum}`])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

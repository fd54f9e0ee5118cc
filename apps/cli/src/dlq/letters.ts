import { readRedrives, type Redrive } from '@freshet/clickhouse/operations';
import { MissingPrerequisite } from '@freshet/embedded';
import { deadLetterTopic, readLetters, readRange, type StoredLetter } from '@freshet/kafka';

import type { Connections } from '../operations/connections.js';

export interface LetterFilter {
  /** Source topic. */
  readonly topic?: string;
  readonly reason?: string;
  /** Names of letters. */
  readonly names?: readonly string[];
  /** Log time of the originals. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** A letter with what became of it. */
export interface FoundLetter extends StoredLetter {
  /** `waiting`; `claimed` for a redrive that was never acknowledged: it may or may not have been sent; `sent`. */
  readonly state: 'waiting' | 'claimed' | 'sent';
  readonly history: readonly Redrive[];
}

/** Letters held in memory at once, a topic; those beyond it are only counted. */
const MOST_LETTERS = 200_000;

export interface FoundLetters {
  readonly letters: readonly FoundLetter[];
  /** Letters beyond the 200,000 that are held of a topic. */
  readonly leftOut: number;
}

/**
 * Reads the dead-letter topics from beginning to end; each letter once, in order of log time. @throws
 * MissingPrerequisite when the topic has no contract
 */
export async function findLetters(connections: Connections, filter: LetterFilter): Promise<FoundLetters> {
  const known = connections.contracts.map(({ topic }) => topic);
  if (filter.topic !== undefined && !known.includes(filter.topic))
    throw new MissingPrerequisite(
      `There is no contract for topic "${filter.topic}"; there are: ${known.join(', ')}.`,
    );
  const topics = filter.topic === undefined ? known : [filter.topic];
  const found: FoundLetter[] = [];
  let leftOut = 0;
  for (const topic of topics) {
    const letters = new Map<string, StoredLetter>();
    await readTopic(connections, deadLetterTopic(topic), (letter) => {
      if (!matches(letter, filter)) return;
      // Letters are written at least once: a repeat has the same name.
      if (letters.size < MOST_LETTERS || letters.has(letter.name)) letters.set(letter.name, letter);
      else leftOut += 1;
    });
    if (letters.size === 0) continue;
    const redrives = new Map<string, Redrive[]>();
    for (const each of await readRedrives(connections.store, topic)) {
      const name = `${topic}/${each.source.incarnation}/${each.source.partition}/${each.offset}`;
      const history = redrives.get(name);
      if (history === undefined) redrives.set(name, [each]);
      else history.push(each);
    }
    for (const letter of letters.values()) {
      const history = redrives.get(letter.name) ?? [];
      const isSent = history.some(({ step }) => step === 'sent');
      found.push({ ...letter, history, state: isSent ? 'sent' : history.length > 0 ? 'claimed' : 'waiting' });
    }
  }
  found.sort((a, b) => a.logTimeMs - b.logTimeMs || a.offset - b.offset);
  return { letters: found, leftOut };
}

async function readTopic(
  { log, kafka }: Connections,
  topic: string,
  take: (letter: StoredLetter) => void,
): Promise<void> {
  const description = await log.describe(topic);
  if (description === undefined) return;
  const partitions = Array.from({ length: description.partitions }, (_, partition) => partition);
  const ranges = (await log.ends(topic, partitions)).map(({ partition, logStart, lastStable }) => ({
    partition,
    from: logStart,
    before: lastStable,
  }));
  await readRange(kafka, topic, ranges, (batch) => readLetters(batch).forEach(take), {
    groupPrefix: 'freshet-cli',
  });
}

function matches(letter: StoredLetter, { reason, names, fromMs, toMs }: LetterFilter): boolean {
  return (
    (reason === undefined || letter.reason === reason) &&
    (names === undefined || names.includes(letter.name)) &&
    (fromMs === undefined || letter.logTimeMs >= fromMs) &&
    (toMs === undefined || letter.logTimeMs < toMs)
  );
}

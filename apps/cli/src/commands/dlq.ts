import { randomUUID } from 'node:crypto';

import { MissingPrerequisite } from '@freshet/embedded';

import { letterList, letterPage, letterRows } from '../dlq/letter-text.js';
import { findLetters, type FoundLetter, type LetterFilter } from '../dlq/letters.js';
import { withOriginal } from '../dlq/original.js';
import { sendBack } from '../dlq/redrive.js';
import { withConnections } from '../operations/connections.js';
import { operator } from '../operations/operator.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';
import { parseTimeOption } from '../operations/time-option.js';

interface DlqSelection {
  readonly topic?: string;
  readonly reason?: string;
  /** ISO time or duration ago, by the log time of the originals. */
  readonly from?: string;
  readonly to?: string;
}

export interface DlqListOptions extends DlqSelection {
  readonly limit?: string;
  readonly json?: boolean;
}

export interface DlqRedriveOptions extends DlqSelection {
  /** False: only tell what would be sent. */
  readonly apply?: boolean;
  /** Messages a second. */
  readonly rate?: string;
  /** Letters whose message was sent back so often already stay. */
  readonly maxRedrives?: string;
}

/** Prints dead letters by topic and reason, and the newest of them. */
export async function dlqList(
  options: DlqListOptions,
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  const { env, print, nowMs } = surroundings;
  const limit = wholeNumber('--limit', options.limit ?? '20');
  return withConnections(env, async (connections) => {
    const { letters, leftOut } = await findLetters(connections, filterOf(options, nowMs()));
    if (options.json) print(JSON.stringify(letters.slice(-limit).map(jsonOf)));
    else {
      print(letterList(letters, limit));
      if (leftOut > 0) print(`${leftOut} more letters are not listed: narrow the selection.`);
    }
    return 0;
  });
}

/** Prints one letter, or writes the original's bytes as they are. Resolves 1 when there is none of that name. */
export async function dlqShow(
  name: string,
  options: { readonly raw?: boolean; readonly json?: boolean },
  surroundings: Surroundings = ofProcess(),
  writeBytes: (bytes: Uint8Array) => unknown = writeOut,
): Promise<number> {
  const topic = topicOf(name);
  return withConnections(surroundings.env, async (connections) => {
    const { letters } = await findLetters(connections, { topic, names: [name] });
    const [found] = letters;
    if (found === undefined) {
      surroundings.print(`There is no letter ${name}: \`freshet dlq list\` tells their names.`);
      return 1;
    }
    const letter = await withOriginal(connections, found);
    if (letter === undefined) {
      surroundings.print(`The original of ${name} was kept in the store, which does not have it any more.`);
      return 1;
    }
    if (options.raw) await writeBytes(letter.value ?? new Uint8Array());
    else surroundings.print(options.json ? JSON.stringify(jsonOf(letter)) : letterPage(letter));
    return 0;
  });
}

/**
 * Sends letters back to their topic; without `apply` it only tells which. Letters that any run has claimed before stay.
 * Resolves 1 when some that were asked for could not be sent.
 */
export async function dlqRedrive(
  names: readonly string[],
  options: DlqRedriveOptions,
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  const { env, print, nowMs, signal } = surroundings;
  const rate = Number(options.rate ?? '50');
  if (!(rate > 0 && rate <= 100_000))
    throw new MissingPrerequisite(`--rate is "${options.rate ?? ''}": give messages a second, above 0.`);
  const most = wholeNumber('--max-redrives', options.maxRedrives ?? '3');
  if (names.length === 0 && options.topic === undefined)
    throw new MissingPrerequisite(
      'Name the letters to redrive, or choose them with --topic (and --reason, --from, --to).',
    );
  return withConnections(env, async (connections) => {
    const filter = filterOf(options, nowMs());
    const topics = names.length > 0 ? [...new Set(names.map(topicOf))] : [options.topic!];
    const letters: FoundLetter[] = [];
    for (const topic of topics) {
      const selection = { ...filter, topic, ...(names.length > 0 ? { names } : {}) };
      letters.push(...(await findLetters(connections, selection)).letters);
    }
    const waiting = letters.filter(({ state }) => state === 'waiting');
    const poisoned = waiting.filter(({ redrives }) => redrives >= most);
    const chosen = waiting.filter(({ redrives }) => redrives < most);
    const missing = names.filter((name) => !letters.some((letter) => letter.name === name));
    for (const name of missing) print(`There is no letter ${name}.`);
    if (letters.length > waiting.length)
      print(`${letters.length - waiting.length} letters were redriven before and stay.`);
    if (poisoned.length > 0)
      print(`${poisoned.length} letters failed again after ${most} redrives and stay (--max-redrives).`);
    if (!options.apply) {
      if (chosen.length > 0) print(letterRows(chosen.slice(0, 50)));
      print(
        `${chosen.length} letters would be sent back. Nothing was sent: add --apply, and --rate for messages a second (${rate}).`,
      );
      return missing.length > 0 ? 1 : 0;
    }
    const run = randomUUID();
    const by = operator();
    const { sent, foreign, gone, left } = await sendBack(connections, chosen, { run, by, rate, signal });
    if (foreign > 0) print(`${foreign} letters were claimed by another redrive at the same time and stay.`);
    if (gone > 0) print(`${gone} letters have no original any more: the store has let it go.`);
    if (left > 0) print(`${left} letters were not begun: run it again.`);
    print(`${sent} letters were sent back (run ${run}, by ${by}).`);
    return missing.length > 0 || sent < chosen.length ? 1 : 0;
  });
}

/** Resolves when a pipe has taken all of it: a process that exits before cuts it short. */
function writeOut(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => process.stdout.write(bytes, () => resolve()));
}

function filterOf({ topic, reason, from, to }: DlqSelection, nowMs: number): LetterFilter {
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(reason === undefined ? {} : { reason }),
    ...(from === undefined ? {} : { fromMs: parseTimeOption('--from', from, nowMs) }),
    ...(to === undefined ? {} : { toMs: parseTimeOption('--to', to, nowMs) }),
  };
}

/** A letter's name is topic/life/partition/offset. */
function topicOf(name: string): string {
  const topic = /^(.+)\/\d+\/\d+\/\d+$/.exec(name)?.[1];
  if (topic === undefined)
    throw new MissingPrerequisite(`"${name}" is no name of a letter: they look like orders/1/3/42.`);
  return topic;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new MissingPrerequisite(`${name} is "${text}": give a whole number.`);
  return Number(text);
}

function jsonOf({ key, value, headers, ...rest }: FoundLetter): object {
  const base64 = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('base64');
  return {
    ...rest,
    keyBase64: base64(key),
    valueBase64: base64(value),
    headers: headers.map(([name, bytes]) => ({ name, valueBase64: base64(bytes) })),
  };
}

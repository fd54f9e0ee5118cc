import type { CoveredPartition } from './ports.js';

/**
 * What a served state covers. The client sees it as opaque text; any gateway can read it, so a viewer may
 * move from one to another.
 */
export interface Version {
  readonly revision: string;
  /** See `TopicProgress`. */
  readonly correction: number;
  readonly life: string;
  readonly lowFrontierMs: number;
  readonly highFrontierMs: number;
  /** Ascending by partition. */
  readonly covered: readonly CoveredPartition[];
  /** Of the points themselves: a read of recent windows may have missed an event that came very late. */
  readonly digest: string;
}

const FORMAT = '1';

/** Text of a version: at most about 12 bytes a partition. */
export function encodeVersion(version: Version): string {
  const covered = version.covered.map(
    (c) => `${text(c.partition)}.${text(c.incarnation)}.${text(c.through)}`,
  );
  return [
    FORMAT,
    version.revision,
    text(version.correction),
    version.life,
    text(version.lowFrontierMs),
    text(version.highFrontierMs),
    covered.join('_'),
    version.digest,
  ].join('~');
}

/** Undefined for text that no gateway of this format wrote. */
export function decodeVersion(encoded: string): Version | undefined {
  const parts = encoded.split('~');
  const [format, revision, correction, life, low, high, covered, digest] = parts;
  if (format !== FORMAT || parts.length !== 8 || covered === undefined) return undefined;
  const version: Version = {
    revision: revision ?? '',
    correction: number(correction),
    life: life ?? '',
    lowFrontierMs: number(low),
    highFrontierMs: number(high),
    covered:
      covered === ''
        ? []
        : covered.split('_').map((entry) => {
            const [partition, incarnation, through] = entry.split('.');
            return {
              partition: number(partition),
              incarnation: number(incarnation),
              through: number(through),
            };
          }),
    digest: digest ?? '',
  };
  const numbers = [
    version.correction,
    version.lowFrontierMs,
    version.highFrontierMs,
    ...version.covered.flatMap((c) => [c.partition, c.incarnation, c.through]),
  ];
  return numbers.every(Number.isSafeInteger) ? version : undefined;
}

/**
 * True when `next` would take something back that `shown` had: the same definition in the same life of the
 * store, and any component lower. A lowest frontier may fall (a partition was added), so it does not count, and a
 * partition may be gone where something was corrected since (its life was ended).
 */
export function goesBack(shown: Version, next: Version): boolean {
  if (shown.life !== next.life) return false;
  if (next.correction < shown.correction) return true;
  if (shown.revision !== next.revision) return false;
  if (next.highFrontierMs < shown.highFrontierMs) return true;
  const covered = new Map(next.covered.map((c) => [c.partition, c]));
  return shown.covered.some((before) => {
    const now = covered.get(before.partition);
    if (now === undefined) return next.correction === shown.correction;
    if (now.incarnation < before.incarnation) return true;
    return now.incarnation === before.incarnation && now.through < before.through;
  });
}

/** For each partition the further of both; ascending by partition. */
export function furthest(
  a: readonly CoveredPartition[],
  b: readonly CoveredPartition[],
): readonly CoveredPartition[] {
  const merged = new Map<number, CoveredPartition>();
  for (const entry of [...a, ...b]) {
    const found = merged.get(entry.partition);
    const further =
      found === undefined ||
      entry.incarnation > found.incarnation ||
      (entry.incarnation === found.incarnation && entry.through > found.through);
    if (further) merged.set(entry.partition, entry);
  }
  return [...merged.values()].sort((x, y) => x.partition - y.partition);
}

function text(value: number): string {
  return value.toString(36);
}

function number(value: string | undefined): number {
  return value === undefined || value === '' ? NaN : parseInt(value, 36);
}

import { createHash } from 'node:crypto';
import type { Fingerprint } from './ports.js';

const TOMBSTONE = '0'.repeat(16);

/** What tells a record from another one at the same offset of a recreated topic. */
export function fingerprintOf(offset: number, logTimeMs: number, value: Uint8Array | null): Fingerprint {
  const hash = value === null ? TOMBSTONE : createHash('sha256').update(value).digest('hex').slice(0, 16);
  return { offset, logTimeMs, hash };
}

export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.offset === b.offset && a.logTimeMs === b.logTimeMs && a.hash === b.hash;
}

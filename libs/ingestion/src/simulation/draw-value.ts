import { encodeEvent } from './fakes.js';
import type { Random } from './random.js';

const BROKEN = Buffer.from('{"id":');

/** What a record says: mostly an event at most `lateMs` late, some of it dirt, repeats and the future. */
export function drawValue(random: Random, nowMs: number, soFar: number, lateMs: number): Uint8Array | null {
  if (random.chance(0.03)) return null;
  if (random.chance(0.05)) return BROKEN;
  const timeMs = random.chance(0.03)
    ? nowMs + (random.chance(0.5) ? 86_400_000 : random.between(0, 900_000))
    : nowMs - random.between(0, lateMs);
  const id = random.chance(0.15) ? random.between(0, soFar + 1) : 1_000_000 + random.between(0, 1_000_000);
  const [region, amount] = [random.pick(['eu', 'us', 'apac']), random.between(-50, 100)];
  return encodeEvent({ id, timeMs, region, amount });
}

import { simulate } from './simulation.js';

const TELL_EVERY_MS = 10_000;
const MOST_TOLD = 10;

/** Runs schedules `seed` … `seed + count - 1` and tells what differs. @returns the exit code */
export async function proveSchedules(count: number, seed: number): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`schedules from seed ${seed}: repeat one with npm run prove -- --schedules 1 --seed <its seed>`);
  const startedMs = performance.now();
  let toldMs = startedMs;
  let failed = 0;
  for (let n = 0; n < count && failed < MOST_TOLD; n += 1) {
    const differences = await simulate({ seed: seed + n });
    if (differences.length > 0) {
      failed += 1;
      say(`seed ${seed + n} differs:\n  ${differences.join('\n  ')}`);
    }
    if (performance.now() - toldMs > TELL_EVERY_MS) {
      toldMs = performance.now();
      say(`${n + 1} schedules, ${failed} differ`);
    }
  }
  say(`${count} schedules in ${Math.round((performance.now() - startedMs) / 1000)} s: ${failed} differ`);
  return failed === 0 ? 0 : 1;
}

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ProveResult, ProveShare } from './prove-worker.js';

const TELL_EVERY_MS = 10_000;
const MOST_TOLD = 10;

/** Runs schedules `seed` … `seed + count - 1` on all cores and tells what differs. @returns the exit code */
export async function proveSchedules(count: number, seed: number): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`schedules from seed ${seed}: repeat one with npm run prove -- --schedules 1 --seed <its seed>`);
  const startedMs = performance.now();
  let toldMs = startedMs;
  let [done, failed] = [0, 0];
  const hear = ({ seed: of, differences }: ProveResult): void => {
    done += 1;
    if (differences.length > 0 && (failed += 1) <= MOST_TOLD)
      say(`seed ${of} differs:\n  ${differences.join('\n  ')}`);
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    say(`${done} schedules, ${failed} differ`);
  };
  const step = Math.min(count, availableParallelism());
  const workers = Array.from({ length: step }, (_, n) => {
    const workerData: ProveShare = { from: seed + n, step, before: seed + count };
    const worker = new Worker(new URL('./prove-worker.js', import.meta.url), { workerData });
    worker.on('message', hear);
    return once(worker, 'exit');
  });
  await Promise.all(workers);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  say(`${done} of ${count} schedules in ${seconds} s: ${failed} differ`);
  return failed === 0 && done === count ? 0 : 1;
}

/**
 * `npm run prove -- --schedules N`: simulated schedules of faults against a recompute.
 * `npm run prove -- --kills N`: real processes, killed, against a recount of the log.
 * Both take `--seed S`, print it, and end with code 1 when anything differs. `--logs DIR` keeps what the killed
 * processes had to say.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { packageProgram, root, run, runAndExit, setUp } from './setup.mjs';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    logs: { type: 'string' },
  },
});

await runAndExit(async () => {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  if (values.schedules === undefined && values.kills === undefined) {
    console.error('Say what to prove: --schedules N or --kills N, with --seed S to repeat one.');
    return 1;
  }
  await setUp({ withKafka: values.kills !== undefined });
  if (values.schedules !== undefined) {
    const { proveSchedules } = await import(join(root, 'libs/ingestion/dist/simulation/prove.js'));
    const code = await proveSchedules(Number(values.schedules), seed);
    if (code !== 0 || values.kills === undefined) return code;
  }
  const compiled = await run(process.execPath, [
    packageProgram('typescript/bin/tsc'),
    '-b',
    join(root, 'tests/prove'),
  ]);
  if (compiled !== 0) return compiled;
  const { proveKills } = await import(join(root, 'out-tsc/prove/prove/main.js'));
  return proveKills(root, Number(values.kills), seed, values.logs && resolve(values.logs));
});

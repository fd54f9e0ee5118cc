/**
 * `npm run prove -- --schedules N`: simulated schedules of faults against a recompute.
 * `npm run prove -- --kills N`: real processes, killed, against a recount of the log.
 * Both take `--seed S`, print it, and end with code 1 when anything differs. `--logs DIR` keeps what the killed
 * processes had to say.
 * `npm run prove -- --bounds`: loads that could make ingest hold more and more; its peak memory and what it says.
 * `--only WORD` runs those whose name holds it, `--share 0.1` a tenth of each.
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
    bounds: { type: 'boolean', default: false },
    only: { type: 'string' },
    share: { type: 'string', default: '1' },
  },
});

await runAndExit(async () => {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  const withProcesses = values.kills !== undefined || values.bounds;
  if (values.schedules === undefined && !withProcesses) {
    console.error('Say what to prove: --schedules N or --kills N, with --seed S to repeat one, or --bounds.');
    return 1;
  }
  await setUp({ withKafka: withProcesses });
  if (values.schedules !== undefined) {
    const { proveSchedules } = await import(join(root, 'libs/ingestion/dist/simulation/prove.js'));
    const code = await proveSchedules(Number(values.schedules), seed);
    if (code !== 0 || !withProcesses) return code;
  }
  const compiled = await run(process.execPath, [
    packageProgram('typescript/bin/tsc'),
    '-b',
    join(root, 'tests/prove'),
  ]);
  if (compiled !== 0) return compiled;
  if (values.bounds) {
    const { proveBounds } = await import(join(root, 'out-tsc/prove/prove/bounds.js'));
    const code = await proveBounds(root, Number(values.share), values.only);
    if (code !== 0 || values.kills === undefined) return code;
  }
  const { proveKills } = await import(join(root, 'out-tsc/prove/prove/main.js'));
  return proveKills(root, Number(values.kills), seed, values.logs && resolve(values.logs));
});

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cleaningUp, type Cleanup } from '../cleanup.js';
import { type Options } from '../options.js';
import { root, temporaryFolder } from '../places.js';
import { startProgram } from '../processes.js';
import { startWholeSystem } from './whole-system.js';

/** Seconds of `npm start` are to the first healthy answer. */
export interface StartResult {
  /** In a new clone, with packages, Kafka's jars and the build; what npm and Maven keep is not downloaded again. */
  readonly cloneSeconds: number;
  /** With all of that in place, on an empty data folder. */
  readonly emptyFolderSeconds: number;
  /** The same on the data of the run before. */
  readonly knownFolderSeconds: number;
  /** `npm test` in that clone, all of that in place; absent unless asked for by `--tests`. */
  readonly test?: { readonly seconds: number; readonly outcome: string };
}

export function runStart({ tests }: Options): Promise<StartResult> {
  return cleaningUp(async (cleanup) => {
    const clone = newClone(cleanup);
    const inClone = await startWholeSystem(cleanup, 'npm start', { folder: clone });
    await inClone.launcher.stop();
    const first = await startWholeSystem(cleanup, 'npm start', { folder: clone });
    await first.launcher.stop();
    const second = await startWholeSystem(cleanup, 'npm start', { folder: clone, dataDir: first.dataDir });
    await second.launcher.stop();
    const result = {
      cloneSeconds: inClone.startSeconds,
      emptyFolderSeconds: first.startSeconds,
      knownFolderSeconds: second.startSeconds,
      ...(tests ? { test: await runTests(cleanup, clone) } : {}),
    };
    const { cloneSeconds, emptyFolderSeconds, knownFolderSeconds } = result;
    console.log(
      `start: ${cloneSeconds.toFixed(1)} s in a new clone, then ${emptyFolderSeconds.toFixed(1)} s on an empty ` +
        `folder, ${knownFolderSeconds.toFixed(1)} s on a known one` +
        (result.test ? `; npm test ${result.test.seconds.toFixed(0)} s: ${result.test.outcome}` : ''),
    );
    return result;
  });
}

/** Of what is committed here. */
function newClone(cleanup: Cleanup): string {
  const folder = temporaryFolder('clone');
  cleanup.add(folder.remove);
  execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${root}`, folder.path]);
  return folder.path;
}

async function runTests(cleanup: Cleanup, folder: string): Promise<NonNullable<StartResult['test']>> {
  const startedAt = performance.now();
  const test = startProgram(cleanup, 'npm test', process.execPath, ['tools/test.mjs'], {}, folder);
  await once(test.child, 'exit');
  return { seconds: (performance.now() - startedAt) / 1e3, outcome: lastLine(test.lastWords()) };
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

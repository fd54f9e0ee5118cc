import { cleaningUp } from '../cleanup.js';
import { startWholeSystem } from './whole-system.js';

export interface StartResult {
  /** Seconds of `npm start` to the first healthy answer, dependencies and builds present. */
  readonly emptyFolderSeconds: number;
  /** The same on the data of the run before. */
  readonly knownFolderSeconds: number;
}

export function runStart(): Promise<StartResult> {
  return cleaningUp(async (cleanup) => {
    const first = await startWholeSystem(cleanup, 'npm start');
    await first.launcher.stop();
    const second = await startWholeSystem(cleanup, 'npm start', {}, first.dataDir);
    const result = { emptyFolderSeconds: first.startSeconds, knownFolderSeconds: second.startSeconds };
    console.log(
      `start: ${result.emptyFolderSeconds.toFixed(1)} s on an empty folder, ${result.knownFolderSeconds.toFixed(1)} s on a known one`,
    );
    return result;
  });
}

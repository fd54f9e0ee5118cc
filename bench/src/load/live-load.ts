import { once } from 'node:events';
import { join } from 'node:path';
import { type Cleanup } from '../cleanup.js';
import { root, temporaryFolder } from '../places.js';
import { startProgram } from '../processes.js';

export interface LiveLoad {
  /** What produce-live tells of the events; whole when it has ended. */
  readonly file: string;
  /** Resolves when all events are sent; rejects when they were not. */
  readonly ended: Promise<void>;
}

/** Starts produce-live in a process of its own. */
export function startLiveLoad(
  cleanup: Cleanup,
  broker: string,
  eventsPerSecond: number,
  seconds: number,
): LiveLoad {
  const folder = temporaryFolder('live');
  cleanup.add(folder.remove);
  const file = join(folder.path, 'sent');
  const program = `${root}/bench/dist/bench/src/load/produce-live.js`;
  const parameters = [program, broker, String(eventsPerSecond), String(seconds), file];
  const load = startProgram(cleanup, 'load', process.execPath, parameters);
  const ended = once(load.child, 'exit').then(() => {
    if (load.child.exitCode !== 0) throw new Error(`the load failed: ${load.lastWords()}`);
  });
  // It may fail before anybody waits for its end.
  ended.catch(() => undefined);
  return { file, ended };
}

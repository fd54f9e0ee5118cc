import { setTimeout as pause } from 'node:timers/promises';
import type { Rig } from './rig.js';

/** A time in which the store's ledger did not move although there was something to read. */
export interface Stall {
  readonly ms: number;
  /** Of it, while broker and store could be reached. */
  readonly ownMs: number;
  /** What was being done to the system when it began. */
  readonly during: string;
}

const LOOK_EVERY_MS = 500;

/** Looks at the ledger twice a second. */
export class ProgressWatch {
  /** What is being done to the system now. */
  during = 'start';
  private stopping = false;
  private readonly stalls: Stall[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly rig: Rig) {}

  begin(): void {
    this.running = this.run();
  }

  /** @returns the longest first */
  async end(): Promise<readonly Stall[]> {
    this.stopping = true;
    await this.running;
    return this.stalls.sort((a, b) => b.ms - a.ms);
  }

  private async run(): Promise<void> {
    let before = -1;
    let sinceMs = performance.now();
    let during = this.during;
    let outBeforeMs = this.rig.outageMs;
    const note = (): void => {
      const ms = performance.now() - sinceMs;
      this.stalls.push({ ms, ownMs: ms - (this.rig.outageMs - outBeforeMs), during });
    };
    while (!this.stopping) {
      const stored = await storedRecords(this.rig).catch(() => before);
      if (stored !== before) {
        note();
        [before, sinceMs, during] = [stored, performance.now(), this.during];
        outBeforeMs = this.rig.outageMs;
      }
      await pause(LOOK_EVERY_MS);
    }
    note();
  }
}

export async function storedRecords(rig: Rig): Promise<number> {
  const [row] = await rig.rows<{ stored: number }>(
    'SELECT sum(panes_through + 1) AS stored FROM freshet.source_progress',
  );
  return Number(row?.stored ?? 0);
}

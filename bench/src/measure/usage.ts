import { readFileSync } from 'node:fs';

/** What a process has used since it began. */
export interface Usage {
  /** User and system time of all its threads, seconds. */
  readonly cpuSeconds: number;
  /** Largest resident memory so far, bytes. */
  readonly peakRssBytes: number;
}

/** Linux counts time in /proc in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** Reads the use of a process, or of a thread `<process>/task/<thread>`, from /proc. Throws when it has ended. */
export function usageOf(pid: number | string): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakRssBytes: Number(peak?.[1] ?? 0) * 1024 };
}

/** Resident memory now, bytes. */
export function residentBytes(pid: number): number {
  const now = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(now?.[1] ?? 0) * 1024;
}

/** Process ids of `pid` and all that it started, as far as they live. */
export function treeOf(pid: number): number[] {
  const all = [pid];
  for (let at = 0; at < all.length; at++) {
    try {
      const children = readFileSync(`/proc/${all[at]}/task/${all[at]}/children`, 'utf8');
      all.push(...children.split(' ').filter(Boolean).map(Number));
    } catch {
      // Ended meanwhile.
    }
  }
  return all;
}

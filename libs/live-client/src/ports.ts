/** What the client needs from its surroundings: a socket, time and chance. Browsers fit as they are. */

/** The part of the browser's `WebSocket` that is used. */
export interface ClientSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type Timer = unknown;

/** Wall time in epoch ms, timers and chance in [0, 1). */
export interface Surroundings {
  nowMs(): number;
  after(delayMs: number, run: () => void): Timer;
  cancel(timer: Timer): void;
  random(): number;
}

/** Those of the browser (or Node). */
export const realSurroundings: Surroundings = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => setTimeout(run, delayMs),
  cancel: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
};

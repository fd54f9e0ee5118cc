import type { Freshness, Point } from '@freshet/live-protocol';

/** What the socket is doing. */
export type Connection =
  /** Not asked to connect, or closed by the application. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'connecting'; readonly sinceMs: number }
  | {
      readonly kind: 'open';
      readonly sinceMs: number;
      readonly user: { readonly name: string; readonly role: 'viewer' | 'operator' | 'admin' };
    }
  /** Lost; tries again by itself at `nextAttemptAtMs`. */
  | {
      readonly kind: 'reconnecting';
      readonly sinceMs: number;
      readonly attempt: number;
      readonly nextAttemptAtMs: number;
      readonly reason: string;
    }
  /** The server will not have us (token, protocol): needs a person; `connect()` tries again. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** How long numbers took to be seen, measured on this screen. */
export interface Paint {
  /** From the socket to the screen. */
  readonly deliveredToPaintMs: number;
  /** Age of the newest data when it was painted, by the server's clock as estimated here; undefined: no evidence. */
  readonly producedToPaintMs: number | undefined;
  /** When, by this browser's clock. */
  readonly atMs: number;
}

/** What is known of a selection; numbers keep the version that they were served at. */
export interface LiveData {
  /** Ascending by window start, then series. A new array whenever anything changed. */
  readonly points: readonly Point[];
  /** Opaque. */
  readonly version: string;
  readonly revision: string;
  /** Everything in the source's log by this time is in the points, as of the last message about them. */
  readonly asOfMs: number | null;
  /** When the server last changed the points, by its clock. */
  readonly servedAtMs: number;
}

/**
 * State of one subscription. `loading` only until the first answer; then always one of the others:
 * - `value`: numbers within their target
 * - `empty`: the read succeeded and there is nothing in the range
 * - `stale`: the last numbers, which can be old: say since when and why
 * - `error`: refused or failed; `data` holds the last numbers, if any
 */
export type LiveState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'value'; readonly data: LiveData; readonly freshness: Freshness }
  | { readonly kind: 'empty'; readonly data: LiveData; readonly freshness: Freshness }
  | {
      readonly kind: 'stale';
      readonly data: LiveData;
      /** `behind`: the server says so in `freshness`; `disconnected`: the socket is down; `silent`: it says nothing. */
      readonly why: 'behind' | 'disconnected' | 'silent';
      readonly freshness: Freshness | undefined;
    }
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs: number | undefined;
      readonly data: LiveData | undefined;
    };

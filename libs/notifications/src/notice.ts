import type { AlertSeverity } from '@freshet/contracts';
import type { Alert } from '@freshet/live-protocol';

/** What one address is to be told of one alert. */
export interface Notice {
  /** `<key of the transition>><address>`: the same whoever tells it and however often. */
  readonly key: string;
  /** One occurrence of one cause: all notices of it to an address are one conversation. */
  readonly alertId: string;
  /** `team/kind/position`, as in `Address.name`. */
  readonly address: string;
  readonly team: string;
  readonly severity: AlertSeverity;
  readonly status: 'firing' | 'resolved';
  /** When the alert changed to it, epoch ms. */
  readonly atMs: number;
  readonly alert: Alert;
}

/** `superseded`: a later notice of the same alert went out in its place. `given_up`: refused for three days. */
export type NoticeState = 'waiting' | 'sent' | 'superseded' | 'given_up';

/** A notice with what became of it. */
export interface OutboxEntry {
  readonly notice: Notice;
  readonly state: NoticeState;
  /** Attempts so far. */
  readonly attempts: number;
  /** Of the newest attempt; empty: none failed. */
  readonly lastError: string;
}

/**
 * Where notices are kept so that a crash leaves them. Keeps the entry that is furthest by state and attempts,
 * whatever the order of writing: one that was sent never waits again.
 */
export interface Outbox {
  /** Resolves when all are stored. */
  write(entries: readonly OutboxEntry[]): Promise<void>;
  /** All that wait, oldest first, at most `limit`. */
  waiting(limit: number): Promise<readonly OutboxEntry[]>;
  /** All of these alerts, in any state. */
  of(alertIds: readonly string[]): Promise<readonly OutboxEntry[]>;
}

import type { Notice } from '../notice.js';

/** Gets a notice to one address. */
export interface Channel {
  /** Resolves when the other side has taken it; rejects with DeliveryFailed, at the latest after its own limit. */
  send(notice: Notice): Promise<void>;
  close(): void;
}

/** The other side did not take it; the message never holds a secret. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';

  /** `retryAfterMs`: when the other side asked to be tried again. */
  constructor(
    message: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/** Longest wait for an answer of the other side. */
export const ANSWER_LIMIT_MS = 10_000;

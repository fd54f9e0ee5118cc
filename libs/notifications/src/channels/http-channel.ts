import type { Notice } from '../notice.js';
import { ANSWER_LIMIT_MS, DeliveryFailed, type Channel } from './channel.js';

const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Posts JSON; taken is any status of 200 to 299. `Idempotency-Key` tells repeats. Redirects are not followed:
 * the body and the token are for the address in the file.
 */
export class HttpChannel implements Channel {
  constructor(
    private readonly url: string,
    private readonly token: string | undefined,
    private readonly bodyOf: (notice: Notice) => object,
  ) {}

  async send(notice: Notice): Promise<void> {
    const response = await this.#post(notice);
    await response.body?.cancel();
    if (response.status >= 200 && response.status < 300) return;
    throw new DeliveryFailed(
      `answered ${response.status}`,
      retryAfterMs(response.headers.get('retry-after')),
    );
  }

  async #post(notice: Notice): Promise<Response> {
    try {
      return await fetch(this.url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'freshet',
          'idempotency-key': notice.key,
          ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        },
        body: JSON.stringify(this.bodyOf(notice)),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
    } catch (error) {
      throw new DeliveryFailed(reasonOf(error));
    }
  }

  close(): void {
    // Connections are the runtime's and end by themselves.
  }
}

/** Of the seconds form of Retry-After; undefined for the other one and for nonsense. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null || !/^\d{1,6}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1_000, LONGEST_RETRY_AFTER_MS);
}

/** `fetch failed` alone says nothing; its cause has a code. The URL may be a secret and is left out. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed';
  if (error.name === 'TimeoutError') return `no answer within ${ANSWER_LIMIT_MS / 1_000} s`;
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return 'the request failed';
}

import { type Random } from '../random/random.js';
import { Weighted } from '../random/weighted.js';

export type Provider = 'Adyen' | 'PayPal' | 'Klarna' | 'Apple Pay';
export const PROVIDERS: readonly Provider[] = ['Adyen', 'PayPal', 'Klarna', 'Apple Pay'];

interface Behaviour {
  /** Share of the attempts that choose it. */
  readonly weight: number;
  readonly failureRate: number;
  readonly medianLatencyMs: number;
  /** Deviation of the latency's logarithm. */
  readonly sigma: number;
}

const BEHAVIOUR: Readonly<Record<Provider, Behaviour>> = {
  Adyen: { weight: 46, failureRate: 0.022, medianLatencyMs: 340, sigma: 0.45 },
  PayPal: { weight: 27, failureRate: 0.031, medianLatencyMs: 620, sigma: 0.5 },
  Klarna: { weight: 15, failureRate: 0.041, medianLatencyMs: 780, sigma: 0.55 },
  'Apple Pay': { weight: 12, failureRate: 0.014, medianLatencyMs: 260, sigma: 0.4 },
};
const CHOICE = new Weighted<Provider>(PROVIDERS.map((provider) => [provider, BEHAVIOUR[provider].weight]));
const DECLINED = new Weighted([
  ['card_declined', 40],
  ['insufficient_funds', 28],
  ['authentication_failed', 22],
  ['fraud_suspected', 10],
]);
const BROKEN = new Weighted([
  ['provider_timeout', 60],
  ['provider_unavailable', 40],
]);

/** Failures while a provider is down, and how much longer it takes to answer. */
const OUTAGE_FAILURE_RATE = 0.88;
const OUTAGE_LATENCY_FACTOR = 9;
const LONGEST_ANSWER_MS = 30_000;

export interface Attempt {
  readonly failureReason: string | null;
  readonly latencyMs: number;
}

export function chooseProvider(random: Random): Provider {
  return CHOICE.pick(random.unit());
}

/** One attempt to pay; latency is log-normal by provider, in whole milliseconds up to 30 s. */
export function attemptPayment(random: Random, provider: Provider, down: boolean): Attempt {
  const { failureRate, medianLatencyMs, sigma } = BEHAVIOUR[provider];
  const failed = random.unit() < (down ? OUTAGE_FAILURE_RATE : failureRate);
  const latency = random.logNormal(medianLatencyMs, sigma) * (down ? OUTAGE_LATENCY_FACTOR : 1);
  return {
    failureReason: failed ? (down ? BROKEN : DECLINED).pick(random.unit()) : null,
    latencyMs: Math.min(LONGEST_ANSWER_MS, Math.max(20, Math.round(latency))),
  };
}

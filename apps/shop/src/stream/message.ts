/** What the shop sends: one Kafka message with the time at which it leaves. */
export const TOPICS = ['orders', 'payments', 'clickstream'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Message {
  readonly topic: Topic;
  /** Kafka key: customer (orders), order (payments) or session (clickstream), whose events keep their order. */
  readonly key: string;
  /** JSON text in almost every case: invalid messages are part of the picture. */
  readonly value: string;
  /** When the message leaves the shop, epoch ms; messages leave in this order. */
  readonly emitMs: number;
}

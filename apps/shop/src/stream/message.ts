/** What the shop sends: one Kafka message with the time at which it leaves. */
export const TOPICS = ['orders', 'payments', 'clickstream', 'support', 'inventory', 'customers'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Message {
  readonly topic: Topic;
  /**
   * Kafka key, whose events keep their order: customer (orders, customers), order (payments), session (clickstream),
   * ticket (support) or location (inventory).
   */
  readonly key: string;
  /** JSON text in almost every case: invalid messages are part of the picture. */
  readonly value: string;
  /** When the message leaves the shop, epoch ms; messages leave in this order. */
  readonly emitMs: number;
}

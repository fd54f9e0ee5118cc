import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import { DIRT_KINDS } from '../dirt/dirt.js';
import type { Sender } from '../kafka/sender.js';
import type { Shop } from '../shop.js';

/** Everything that the shop tells Prometheus. Values are read when they are asked for. */
export function shopMetrics(shop: Shop, sender: Sender): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: 'freshet_shop_messages_total',
    help: 'Messages acknowledged by Kafka.',
    labelNames: ['topic'],
    registers,
    collect() {
      this.reset();
      for (const [topic, count] of shop.sent) this.inc({ topic }, count);
    },
  });
  new Counter({
    name: 'freshet_shop_dirt_total',
    help: 'Events that were repeated, delayed or spoiled on purpose.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      for (const kind of DIRT_KINDS) this.inc({ kind }, shop.stream.dirtCounts.get(kind) ?? 0);
    },
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('freshet_shop_behind_seconds', 'Newest message against the clock.', () => shop.behindMs / 1000);
  gauge('freshet_shop_pending', 'Visits under way and messages held back.', () => shop.stream.pending);
  gauge(
    'freshet_shop_turned_away',
    'Visits refused because too many were under way.',
    () => shop.stream.turnedAway,
  );
  gauge('freshet_shop_silenced', 'Messages lost to an incident of silence.', () => shop.stream.silenced);
  gauge('freshet_shop_producer_replacements', 'Producers given up and replaced.', () => sender.retries);
  gauge(
    'freshet_shop_incidents_running',
    'Incidents on request that run now.',
    () => shop.incidents.list().filter(({ untilMs }) => untilMs > Date.now()).length,
  );
  return registry;
}

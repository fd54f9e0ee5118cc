import type { Kafka } from 'kafkajs';

import { withClusters, type BuildRequest, type HiddenBroker } from '../private-kafkajs.js';

/** The same client, but `change` sees each broker that it talks to, once. */
export function withBrokers(kafka: Kafka, change: (broker: HiddenBroker) => void): Kafka {
  const changed = new WeakSet<HiddenBroker>();
  return withClusters(kafka, (cluster) => {
    const find = cluster.findBroker.bind(cluster);
    cluster.findBroker = async (node) => {
      const broker = await find(node);
      if (!changed.has(broker)) {
        changed.add(broker);
        change(broker);
      }
      return broker;
    };
  });
}

/**
 * Builds a broker's requests of one kind in another way. kafkajs puts another `lookupRequest` in place at every
 * connection, so it is the property that is changed.
 */
export function changeRequest(
  broker: HiddenBroker,
  apiKey: number,
  change: (build: BuildRequest) => BuildRequest,
): void {
  let lookup = broker.lookupRequest;
  Object.defineProperty(broker, 'lookupRequest', {
    configurable: true,
    set: (next: HiddenBroker['lookupRequest']) => (lookup = next),
    get: () => (asked: number, definition: object) => {
      const build = lookup(asked, definition);
      return asked === apiKey ? change(build) : build;
    },
  });
}

/** What a single Kafka node needs to know. */
export interface NodeSettings {
  readonly host: string;
  readonly port: number;
  /** Port of the KRaft controller, on loopback; may differ at every start. */
  readonly controllerPort: number;
  readonly logFolder: string;
}

/**
 * Text of server.properties: one node that is broker and controller. Internal topics have few partitions
 * and one replica; records and segments are bounded so that the disk use of a long run follows retention.
 */
export function serverProperties(settings: NodeSettings): string {
  const { host, port, controllerPort, logFolder } = settings;
  const advertised = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const properties: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${bracketed(host)}:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${bracketed(advertised)}:${port}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    // A backslash starts an escape in a properties file.
    'log.dirs': logFolder.replaceAll('\\', '/'),
    'auto.create.topics.enable': 'false',
    'num.partitions': 4,
    'log.retention.hours': 168,
    'log.segment.bytes': 134_217_728,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

import { type TableColumn } from './table.js';

/** Which life of which partition of which topic: how every table of the ledger begins. */
export const SOURCE: readonly TableColumn[] = [
  { name: 'topic', type: 'LowCardinality(String)', comment: 'Kafka topic.' },
  { name: 'incarnation', type: 'UInt32', comment: 'Life of the topic: a recreated topic is another one.' },
  { name: 'partition', type: 'UInt32', comment: 'Kafka partition.' },
];

export const CHUNK: TableColumn = {
  name: 'chunk',
  type: 'Int64',
  comment: 'Offset at which the chunk starts: its name.',
};

export const TIME = "DateTime64(3, 'UTC')";

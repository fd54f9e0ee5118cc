import { PREVIEW_KEPT_DAYS } from '@freshet/live-protocol';
import { TIME } from './source-columns.js';
import { type Table } from './table.js';

/** Tables that say which catalogue runs, and what people asked of it. */
export function catalogueTables(days: number): Table[] {
  return [
    {
      name: 'freshet.contracts_log',
      comment: 'Contracts that were taken into use; the newest row of a name is the one that runs.',
      columns: [
        { name: 'name', type: 'LowCardinality(String)', comment: 'Name of the contract.' },
        { name: 'version', type: 'String', comment: 'Version as its file says.' },
        { name: 'hash', type: 'String', comment: 'Hash of all that changes what is decoded.' },
        { name: 'definition', type: 'String', comment: 'The contract as JSON.' },
        { name: 'at', type: TIME, clause: 'DEFAULT now64(3)', comment: 'When it was taken into use.' },
      ],
      engine: 'MergeTree',
      orderBy: '(name, at)',
    },
    {
      name: 'freshet.promotion_requests_log',
      comment:
        'Revisions that people asked for: the newest row of a metric holds for as long as its file says the same.',
      columns: [
        { name: 'metric', type: 'LowCardinality(String)', comment: 'Name of the metric.' },
        { name: 'revision', type: 'String', comment: 'Revision that is to be read.' },
        { name: 'over', type: 'String', comment: "Revision of the metric's file when it was asked." },
        { name: 'by', type: 'String', comment: 'Who ran the command: user and machine.' },
        { name: 'at', type: TIME, clause: 'DEFAULT now64(3)', comment: "When, by the store's clock." },
      ],
      engine: 'MergeTree',
      orderBy: '(metric, at)',
    },
    {
      name: 'freshet.catalogue_loads_log',
      comment: 'What ingest made of the files of the catalogue, each time that they changed.',
      columns: [
        { name: 'at', type: TIME, clause: 'DEFAULT now64(3)', comment: "When, by the store's clock." },
        { name: 'instance', type: 'String', comment: 'Ingest process.' },
        { name: 'fingerprint', type: 'String', comment: 'Hash over the files.' },
        {
          name: 'problems',
          type: 'Array(String)',
          comment: 'Why it goes on with what it had; empty: taken.',
        },
      ],
      engine: 'MergeTree',
      orderBy: 'at',
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.previews_log',
      comment: 'Definitions over the facts of the last hours, before they count; kept for a day.',
      columns: [
        { name: 'id', type: 'String', comment: 'As in the address of its page.' },
        { name: 'preview', type: 'String', comment: 'What the page shows, as JSON.' },
        { name: 'by', type: 'String', comment: 'Who ran the command: user and machine.' },
        { name: 'at', type: TIME, clause: 'DEFAULT now64(3)', comment: "When, by the store's clock." },
      ],
      engine: 'MergeTree',
      orderBy: 'id',
      retention: { time: 'at', days: PREVIEW_KEPT_DAYS },
    },
  ];
}

import { compileDecoder, RecordValues, type Contract } from '@freshet/contracts';
import { type FactBlock, type SourcePartition } from '@freshet/ingestion';
import { type CloudEvent } from './cloud-event.js';

/**
 * Events decoded as ingest would, as facts at offsets from `firstOffset` on, all counted, with `logTimeMs` as
 * log time. Throws when one is not valid.
 */
export function factsOf(
  contract: Contract,
  source: SourcePartition,
  events: readonly CloudEvent<unknown>[],
  { firstOffset, logTimeMs }: { readonly firstOffset: number; readonly logTimeMs: number },
): FactBlock {
  const offsets = Float64Array.from(events, (_, index) => firstOffset + index);
  const logTimesMs = new Float64Array(events.length).fill(logTimeMs);
  const values = events.map((event) => Buffer.from(JSON.stringify(event)));
  const records = { count: events.length, offsets, logTimesMs, values: RecordValues.of(values) };
  const block = compileDecoder(contract).decode(records, 0, events.length);
  const invalid = block.outcomes.subarray(0, events.length).findIndex((outcome) => outcome !== 0);
  if (invalid >= 0) throw new Error(`event ${invalid}: ${block.details.get(invalid) ?? 'ignored'}`);
  return {
    contract: contract.name,
    source,
    chunk: firstOffset,
    count: events.length,
    offsets,
    logTimesMs,
    eventTimesMs: block.eventTimesMs,
    idHash: block.idHash,
    duplicateOf: new Float64Array(events.length).fill(-1),
    columns: block.columns,
  };
}

import { createHash } from 'node:crypto';
import { type Contract } from './contract.js';

/** Raised when the decoder itself changes what it makes of the same bytes. */
const DECODER_SEMANTICS = 1;

/**
 * Hash over everything that changes what is decoded, 32 hex digits. The order of fields, words for people,
 * owner, topic, start and the way in which text is kept do not change it.
 */
export function contractHash(contract: Omit<Contract, 'hash'>): string {
  const fields = contract.fields.map((field) => [
    field.name,
    field.path,
    field.each ?? null,
    field.type,
    field.required,
    [...field.values].sort(),
    field.minimum ?? null,
    field.maximum ?? null,
    field.scale ?? null,
    field.timeFormat ?? null,
    field.timeZone ?? null,
  ]);
  fields.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  const canonical = JSON.stringify([
    DECODER_SEMANTICS,
    contract.encoding,
    [...contract.types].sort(),
    contract.typeField ?? null,
    contract.eventId,
    contract.eventTime ?? null,
    fields,
    ...(contract.reference === undefined ? [] : [contract.reference.key]),
  ]);
  return createHash('sha256').update(canonical).digest('hex').slice(0, 32);
}

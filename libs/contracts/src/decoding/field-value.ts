import { type InvalidReason } from '../block.js';
import { type ContractField } from '../contract.js';
import { MAX_MAGNITUDE, scaleNumberText } from './exact-number.js';
import { JsonNumber, type JsonTree, quote } from './json-tree.js';
import { parseIsoTimeMs } from './time-text.js';
import { ZonedTime } from './time-zone.js';

interface Refusal {
  readonly reason: InvalidReason;
  /** Without the field's path. */
  readonly detail: string;
}
export type Checked<T> = { readonly value: T } | Refusal;

/** Checks one JSON value against its field; null and absent values are the caller's. */
export type ValueReader = (value: JsonTree) => Checked<string | number | boolean>;

/** Times of a fact table: 1900-01-01 up to the end of 2299. */
export const MIN_TIME_MS = -2_208_988_800_000;
export const MAX_TIME_MS = 10_413_791_999_999;

/** `checksTimeRange` is false for the event's time, whose sanity is judged by the record's log time. */
export function valueReader(field: ContractField, checksTimeRange: boolean): ValueReader {
  switch (field.type) {
    case 'string':
      return textReader(field);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? { value } : wrongType('boolean', value));
    case 'integer':
    case 'decimal':
      return numberReader(field);
    case 'timestamp':
      return timeReader(field, checksTimeRange);
  }
}

/** Bounds of a number field in its stored units. */
export function numberBounds(field: ContractField): { readonly minimum: number; readonly maximum: number } {
  const factor = 10 ** (field.scale ?? 0);
  return {
    minimum: Math.max(-MAX_MAGNITUDE, Math.ceil(tidy((field.minimum ?? -Infinity) * factor))),
    maximum: Math.min(MAX_MAGNITUDE, Math.floor(tidy((field.maximum ?? Infinity) * factor))),
  };
}

/** 1.1 × 100 is meant to be 110. */
function tidy(value: number): number {
  const near = Math.round(value);
  return Math.abs(value - near) < 1e-6 ? near : value;
}

function textReader(field: ContractField): ValueReader {
  const allowed = field.values.length === 0 ? undefined : new Set(field.values);
  return (value) => {
    if (typeof value !== 'string') return wrongType('text', value);
    if (/\p{Surrogate}/u.test(value)) {
      return { reason: 'not_utf8', detail: 'half of a surrogate pair cannot be kept as UTF-8' };
    }
    if (allowed !== undefined && !allowed.has(value)) {
      return { reason: 'enum', detail: `${quote(value)} is not one of ${field.values.join(', ')}` };
    }
    return { value };
  };
}

function numberReader(field: ContractField): ValueReader {
  const isDecimal = field.type === 'decimal';
  const scale = field.scale ?? 0;
  const bounds = numberBounds(field);
  return (value) => {
    const text = value instanceof JsonNumber ? value.text : isDecimal ? value : undefined;
    const scaled = typeof text === 'string' ? scaleNumberText(text, scale) : undefined;
    if (scaled === undefined) return wrongType(field.type, value);
    if (!scaled.isExact) {
      if (!isDecimal) return wrongType('integer', value);
      return { reason: 'out_of_range', detail: `${show(value)} has more than ${scale} decimal places` };
    }
    if (scaled.value >= bounds.minimum && scaled.value <= bounds.maximum) return { value: scaled.value };
    const range = `${field.minimum ?? 'about -1e14'} to ${field.maximum ?? 'about 1e14'}`;
    return { reason: 'out_of_range', detail: `${show(value)} is not in ${range}` };
  };
}

function timeReader(field: ContractField, checksRange: boolean): ValueReader {
  const format = field.timeFormat ?? 'iso';
  const zone = format === 'local' ? new ZonedTime(field.timeZone ?? 'UTC') : undefined;
  return (value) => {
    let timeMs: number | undefined;
    if (format === 'epoch-ms' || format === 'epoch-s') {
      if (!(value instanceof JsonNumber)) return wrongType(`a number (${format})`, value);
      timeMs = scaleNumberText(value.text, format === 'epoch-s' ? 3 : 0)?.value;
    } else {
      if (typeof value !== 'string') return wrongType('a time as text', value);
      timeMs = zone === undefined ? parseIsoTimeMs(value) : zone.parse(value);
    }
    if (timeMs === undefined)
      return { reason: 'bad_time', detail: `${show(value)} is not a time (${format})` };
    if (checksRange && (timeMs < MIN_TIME_MS || timeMs > MAX_TIME_MS)) {
      return { reason: 'out_of_range', detail: `${show(value)} is not between the years 1900 and 2299` };
    }
    return { value: timeMs };
  };
}

function wrongType(expected: string, found: JsonTree): Refusal {
  return { reason: 'wrong_type', detail: `expected ${expected}, found ${show(found)}` };
}

/** A value in words for a message. */
export function show(value: JsonTree): string {
  if (typeof value === 'string') return quote(value);
  if (value instanceof JsonNumber) return value.text.length > 60 ? `${value.text.slice(0, 60)}…` : value.text;
  if (value instanceof Map) return 'an object';
  return Array.isArray(value) ? 'an array' : String(value);
}

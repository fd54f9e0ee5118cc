import { contractHash } from '../contract-hash.js';
import { type Contract, type ContractField, type ReferenceData, type StartPosition } from '../contract.js';
import { parseIsoTimeMs } from '../decoding/time-text.js';
import { factColumnName, REFERENCE_COLUMNS } from '../fact-columns.js';
import { CONTRACT_NAME, contractForm, ENCODINGS, TOPIC_NAME } from '../form/contract-form.js';
import { cloudEventsFields, combineFields, readFields } from './contract-fields.js';
import { type CatalogueProblem, ProblemList } from './problem.js';
import { Section } from './section.js';
import { readYaml } from './yaml.js';

const USUAL_LATE: Contract['late'] = { share: 0.05, overMs: 300_000 };
/** Names in the analysts' database that are not a contract's. */
const RESERVED_NAMES = ['source_progress'];

export interface ParseContractOptions {
  /** Teams that may own a contract; not checked when absent. */
  readonly teams?: readonly string[];
}

export type ParsedContract =
  | { readonly contract: Contract; readonly problems: readonly [] }
  | { readonly contract: undefined; readonly problems: readonly CatalogueProblem[] };

/**
 * Reads a contract's file. A contract with any problem is no contract: nothing is half loaded.
 * `file` is the path shown in problems, relative to the catalogue. Pure.
 */
export function parseContract(
  text: string,
  file: string,
  { teams }: ParseContractOptions = {},
): ParsedContract {
  const problems = new ProblemList(file);
  const root = readYaml(text, problems);
  const section = root && Section.open(root, Object.keys(contractForm.shape), problems);
  const contract = section && readContract(section, file, teams);
  if (contract === undefined || !problems.isEmpty) return { contract: undefined, problems: problems.all() };
  return { contract, problems: [] };
}

function readContract(
  section: Section,
  file: string,
  teams: readonly string[] | undefined,
): Contract | undefined {
  section.oneOf('apiVersion', ['freshet/v1']);
  section.oneOf('kind', ['DataContract']);
  const name = section.name('name', CONTRACT_NAME, 'a name of a-z, 0-9 and _');
  if (name !== undefined && (RESERVED_NAMES.includes(name) || /_(log|panes)$/.test(name))) {
    section.report('name', `"${name}" is taken by the store's own tables`, 'Choose another name.');
  }
  const topic = section.name('physicalName', TOPIC_NAME, 'the name of a Kafka topic');
  const version = section.text('version');
  const title = section.text('businessName');
  const description = section.optionalText('description') ?? '';
  const owner = section.text('owner');
  if (owner !== undefined && teams !== undefined && !teams.includes(owner)) {
    section.report('owner', `there is no team "${owner}"`, 'Name a team of teams.yaml, or add it there.', {
      found: owner,
      candidates: teams,
    });
  }
  const encoding = section.oneOf('encoding', ENCODINGS, 'cloudevents');
  const types = section.texts('types');
  const start = readStart(section);
  const maxSilenceMs = section.durationMs('maxSilence', 900_000);
  const late = readLate(section);
  if (encoding === undefined) return undefined;

  const read = readFields(section, encoding);
  const implied = encoding === 'cloudevents' ? cloudEventsFields(types) : [];
  const combined = combineFields(implied, read, section.problems);
  const typeField = readTypeField(section, encoding, types, combined);
  const reference = readReference(section, combined);
  const event = readEvent(section, encoding, combined, reference);
  if (section.problems.isEmpty && combined.length === 0) {
    section.report('properties', 'a contract needs properties', 'List what the messages hold.');
  }
  if (!section.problems.isEmpty) return undefined;
  if (
    name === undefined ||
    topic === undefined ||
    version === undefined ||
    title === undefined ||
    owner === undefined ||
    start === undefined ||
    maxSilenceMs === undefined ||
    late === undefined ||
    event === undefined
  ) {
    return undefined;
  }
  const contract: Omit<Contract, 'hash'> = {
    name,
    topic,
    version,
    title,
    description,
    owner,
    encoding,
    types,
    ...(typeField === undefined ? {} : { typeField }),
    ...event,
    ...(reference === undefined ? {} : { reference }),
    start,
    maxSilenceMs,
    late,
    fields: combined.map((field) => settle(field, { types, typeField, ...event })),
    file,
  };
  return { ...contract, hash: contractHash(contract) };
}

function readLate(section: Section): Contract['late'] | undefined {
  if (!section.has('late')) return USUAL_LATE;
  const late = section.section('late', ['above', 'over']);
  const above = late?.text('above');
  const overMs = late?.durationMs('over', USUAL_LATE.overMs);
  if (late === undefined || above === undefined || overMs === undefined) return undefined;
  if (overMs < 10_000 || overMs > 3_600_000)
    return late.report('over', 'is too short or too long', 'Write a time from 10s to 1h.');
  const share = Number(/^(\d{1,2}(?:\.\d{1,4})?)\s*%$/.exec(above)?.[1]) / 100;
  if (share > 0) return { share, overMs };
  return late.report('above', `"${above}" is not a share`, 'Write a percentage below 100 %, such as 5%.');
}

/** Identity and time cannot be absent, and the type can only be one of those accepted. */
function settle(
  field: ContractField,
  {
    types,
    typeField,
    eventId,
    eventTime,
  }: {
    types: readonly string[];
    typeField: string | undefined;
    eventId: readonly string[];
    eventTime?: string;
  },
): ContractField {
  const required = field.required || eventId.includes(field.name) || field.name === eventTime;
  if (field.name !== typeField || types.length === 0) return { ...field, required };
  return { ...field, required: true, lowCardinality: true, values: types };
}

function readTypeField(
  section: Section,
  encoding: Contract['encoding'],
  types: readonly string[],
  fields: readonly ContractField[],
): string | undefined {
  const name = section.optionalText('typeField') ?? (encoding === 'cloudevents' ? 'type' : undefined);
  if (name === undefined) {
    if (types.length > 0) {
      section.report('types', 'types without a field that holds them', 'Add typeField: <name of the field>.');
    }
    return undefined;
  }
  const field = fields.find((candidate) => candidate.name === name);
  if (field?.type === 'string' && field.each === undefined) return name;
  return section.report('typeField', `"${name}" is not a text field`, 'Name a single text field.', {
    found: name,
    candidates: fields.filter(({ type, each }) => type === 'string' && each === undefined).map((f) => f.name),
  });
}

function readEvent(
  section: Section,
  encoding: Contract['encoding'],
  fields: readonly ContractField[],
  reference: ReferenceData | undefined,
): Pick<Contract, 'eventId' | 'eventTime'> | undefined {
  if (!section.has('event')) {
    if (encoding === 'cloudevents') return { eventId: ['id'], eventTime: 'time' };
    if (reference !== undefined) return { eventId: [reference.key] };
  }
  const event = section.section('event', ['id', 'time']);
  if (event === undefined) return undefined;
  const single = fields.filter(({ each }) => each === undefined);
  const ids = event.leaves('id');
  if (ids.length === 0 || ids.length > 4) {
    event.report(
      'id',
      'expected one to four field names',
      'List the fields that together identify an event.',
    );
  }
  for (const id of ids) {
    if (single.some(({ name }) => name === id.text)) continue;
    section.problems.add(
      id,
      `event.id: there is no single field "${id.text}"`,
      'Name a field of this contract.',
      {
        found: id.text,
        candidates: single.map(({ name }) => name),
      },
    );
  }
  const time = event.text('time');
  const timestamps = single.filter(({ type }) => type === 'timestamp').map(({ name }) => name);
  if (time !== undefined && !timestamps.includes(time)) {
    event.report('time', `"${time}" is not a timestamp field`, 'Name the field with the time of the event.', {
      found: time,
      candidates: timestamps,
    });
  }
  return time === undefined ? undefined : { eventId: ids.map(({ text }) => text), eventTime: time };
}

function readReference(section: Section, fields: readonly ContractField[]): ReferenceData | undefined {
  if (!section.has('reference')) return undefined;
  const reference = section.section('reference', ['key']);
  const key = reference?.text('key');
  if (reference === undefined || key === undefined) return undefined;
  for (const { name } of fields) {
    if (!Object.values<string>(REFERENCE_COLUMNS).includes(factColumnName(name))) continue;
    section.report(
      'properties',
      `"${name}" would be the column ${factColumnName(name)}, which reference data has already`,
      'Give the field another name and say its place with "path".',
    );
  }
  const isKey = ({ type, each, required }: ContractField): boolean =>
    (type === 'string' || type === 'integer') && each === undefined && required;
  if (fields.some((field) => field.name === key && isKey(field))) return { key };
  return reference.report(
    'key',
    `"${key}" is not a required text or integer field`,
    "Name the field that holds the record's key, and make it required.",
    { found: key, candidates: fields.filter(isKey).map(({ name }) => name) },
  );
}

function readStart(section: Section): StartPosition | undefined {
  const text = section.has('start') ? section.text('start') : 'earliest';
  if (text === undefined || text === 'earliest' || text === 'latest') return text;
  const timeMs = parseIsoTimeMs(text);
  if (timeMs !== undefined) return { timeMs };
  return section.report(
    'start',
    `"${text}" is not a start`,
    'Write earliest, latest, or a time such as 2025-01-31T00:00:00Z.',
    { found: text, candidates: ['earliest', 'latest'] },
  );
}

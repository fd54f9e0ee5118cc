import { z } from 'zod';
import type { Classification, Contract, TimeFormat } from '../contract.js';
import { durationForm, scalarForm, textForm } from './parts.js';

export const ENCODINGS = ['cloudevents', 'json'] as const satisfies readonly Contract['encoding'][];
/** Names of the types in files; numbers that are not whole are decimals, never binary fractions. */
export const LOGICAL_TYPES = ['string', 'integer', 'number', 'boolean', 'timestamp'] as const;
export const TIME_FORMATS = ['iso', 'epoch-s', 'epoch-ms', 'local'] as const satisfies readonly TimeFormat[];
export const CLASSIFICATIONS = [
  'public',
  'internal',
  'confidential',
  'personal',
] as const satisfies readonly Classification[];
export const CONTRACT_NAME = /^[a-z][a-z0-9_]{0,47}$/;
export const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;
export const PROPERTY_NAME = /^[a-z][A-Za-z0-9]{0,63}$/;
export const MOST_PROPERTIES = 200;
export const MOST_DECIMALS = 12;

export const typeOptionsForm = z.strictObject({
  minimum: z
    .number()
    .optional()
    .meta({ description: 'Least value of a number; below it a message is invalid.' }),
  maximum: z.number().optional().meta({ description: 'Largest value of a number.' }),
  defaultTimezone: textForm('IANA time zone of local times.').optional(),
});

export const propertyForm = z.strictObject({
  name: z
    .string()
    .regex(PROPERTY_NAME)
    .meta({ description: 'lowerCamelCase; its column is the same in snake_case.', examples: ['totalMinor'] }),
  path: textForm(
    'Where it stands in the message: keys joined by dots, at most one of them an array. Absent: `data.<name>` with cloudevents, `<name>` with json.',
  )
    .meta({ examples: ['data.lines[].sku'] })
    .optional(),
  logicalType: z.enum(LOGICAL_TYPES).meta({
    description: 'A `number` is a decimal of `scale` places, read exactly.',
  }),
  logicalTypeOptions: typeOptionsForm
    .optional()
    .meta({ description: 'Bounds of numbers, time zone of local times.' }),
  required: z
    .boolean()
    .optional()
    .meta({ description: 'A message without it is invalid. Null and absent are the same.', default: false }),
  lowCardinality: z.boolean().optional().meta({
    description: 'Texts that come again and again are stored once; implied by `enum`.',
    default: false,
  }),
  enum: z
    .array(scalarForm)
    .optional()
    .meta({ description: 'The texts that are allowed; a message with another one is invalid.' }),
  scale: z
    .int()
    .min(0)
    .max(MOST_DECIMALS)
    .optional()
    .meta({ description: 'Decimal places of a `number`.', default: 2 }),
  timeFormat: z.enum(TIME_FORMATS).optional().meta({
    description: 'How a timestamp is written; `local` needs `defaultTimezone`.',
    default: 'iso',
  }),
  currencyField: textForm('Property with the ISO 4217 code of an amount in minor units.').optional(),
  classification: z.enum(CLASSIFICATIONS).optional().meta({
    description: 'Who may see it: `confidential` and `personal` are masked where events are shown.',
    default: 'internal',
  }),
  description: textForm('What it means: the comment of its column.').optional(),
});

/** How a contract's file is written. */
export const contractForm = z
  .strictObject({
    apiVersion: z.literal('freshet/v1').meta({ description: 'Version of this form.' }),
    kind: z.literal('DataContract').meta({ description: 'What the file is.' }),
    name: z
      .string()
      .regex(CONTRACT_NAME)
      .meta({
        description: 'Facts are stored as `freshet.<name>_log` and read as `freshet.<name>`.',
        examples: ['orders'],
      }),
    physicalName: z
      .string()
      .regex(TOPIC_NAME)
      .meta({ description: 'The Kafka topic.', examples: ['shop.orders.v1'] }),
    version: z.union([z.string().min(1), z.number()]).meta({
      description: 'A higher first number announces that a promise is broken.',
      examples: ['1.0.0'],
    }),
    businessName: textForm('Name for people.'),
    description: textForm('What an event of the topic is.').optional(),
    owner: textForm('A team of teams.yaml: told when the topic falls silent.'),
    encoding: z.enum(ENCODINGS).optional().meta({
      description: 'CloudEvents in JSON, or any JSON.',
      default: 'cloudevents',
    }),
    types: z
      .array(scalarForm)
      .optional()
      .meta({ description: 'Kinds of events that are read; others are ignored. Absent: all.' }),
    typeField: textForm('Property with the kind of event; `type` with cloudevents.').optional(),
    event: z
      .strictObject({
        id: z
          .array(z.string().min(1))
          .min(1)
          .max(4)
          .meta({ description: 'Properties that together identify an event.' }),
        time: textForm('Timestamp property: when it happened.'),
      })
      .optional()
      .meta({
        description:
          'Identity and time of an event; `{ id: [id], time: time }` with cloudevents. Reference data needs none: its records are told apart by their key, and the log has the time.',
      }),
    reference: z
      .strictObject({
        key: textForm("Required text or integer property that is also the record's key, as plain text."),
      })
      .optional()
      .meta({
        description:
          'The topic is reference data: the newest record of each key counts, a record without a value deletes its key, and dimensions are mapped by it. Only such a topic may be compacted, and no metric counts over it.',
      }),
    start: z
      .union([z.enum(['earliest', 'latest']), z.string()])
      .optional()
      .meta({
        description: 'Where a topic that was never read is read from: earliest, latest, or a time.',
        default: 'earliest',
        examples: ['latest', '2025-01-31T00:00:00Z'],
      }),
    maxSilence: durationForm('Longest time without an event that is no cause for an alert.')
      .optional()
      .meta({ default: '15m' }),
    late: z
      .strictObject({
        above: z
          .string()
          .regex(/^\d{1,2}(\.\d{1,4})?\s*%$/)
          .meta({
            description: 'Share of the events that come too late for their windows.',
            examples: ['5%'],
          }),
        over: durationForm('Judged over so long: 10s to 1h.').optional().meta({ default: '5m' }),
      })
      .optional()
      .meta({ description: 'Above it the owner is told; `{ above: 5%, over: 5m }` when it is left out.' }),
    properties: z
      .array(propertyForm)
      .max(MOST_PROPERTIES)
      .meta({ description: 'What is read of each message. CloudEvents attributes need not be named.' }),
  })
  .meta({ title: 'Contract', description: 'What a topic promises: one file of catalog/contracts.' });

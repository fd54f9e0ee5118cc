import { z } from 'zod';
import { durationForm, scalarForm, textForm } from '@freshet/contracts';
import { filterForm } from './filter-form.js';
import { measureForm } from './measure-form.js';

const dimensionName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,63}$/)
  .meta({ description: 'Name of the dimension.' });
const field = textForm('Property of the contract.');
const mapping = z
  .union([
    z.strictObject({
      values: z.record(z.string(), scalarForm).meta({ description: 'Value by key, in this file.' }),
      otherwise: textForm('Value of keys that are not listed.').optional().meta({ default: 'unknown' }),
    }),
    z.strictObject({
      file: textForm('CSV of catalog/lookups with a header, keys and values.'),
      otherwise: textForm('Value of keys that are not in it.').optional().meta({ default: 'unknown' }),
    }),
    z.strictObject({
      reference: textForm('Contract of a reference topic: the newest event of a key counts.'),
      key: textForm('Its property with the key.'),
      value: textForm('Its property with the value.'),
      otherwise: textForm('Value of keys that it never had.').optional().meta({ default: 'unknown' }),
    }),
  ])
  .meta({ description: 'A table from keys to values.' });
const dimension = z.union([
  z.string().min(1).meta({ description: 'Property whose values are told apart.' }),
  z.strictObject({ name: dimensionName.optional(), field }),
  z.strictObject({
    name: dimensionName.optional(),
    field,
    bands: z
      .array(z.number())
      .min(1)
      .max(50)
      .meta({ description: 'Bounds of bands of a number, ascending; a band begins at its bound.' }),
    labels: z.array(scalarForm).optional().meta({ description: 'Names of the bands, one more than bounds.' }),
  }),
  z.strictObject({ name: dimensionName.optional(), field, mapping }),
]);

const window = z
  .union([
    z.strictObject({ tumbling: durationForm('Length: one window after the other.') }),
    z.strictObject({
      hopping: durationForm('Length of a window.'),
      every: durationForm('Step: a window begins so often.'),
    }),
    z.strictObject({
      calendar: z
        .enum(['hour', 'day'])
        .meta({ description: 'Hours or days of a time zone, through its clock changes.' }),
      timeZone: textForm("IANA time zone; absent: the business's.").optional(),
    }),
    z.strictObject({
      session: z
        .strictObject({
          gap: durationForm('An event so long after the last one, or longer, begins another session.'),
          by: textForm('Property with the key of a session, a required text or integer.'),
          longest: durationForm(
            'A session that reaches from the first gap of a whole one of these, aligned to the epoch, into its last gap ends with it.',
          )
            .optional()
            .meta({ default: '24h' }),
        })
        .meta({ description: 'Runs of events of one key and one series without a gap.' }),
      every: durationForm('Step: sessions are told by when they ended.').optional().meta({ default: '1m' }),
    }),
  ])
  .meta({ description: 'Windows in event time.' });

const alertBound = z.union([z.number(), z.string().regex(/^[+-]?\d{1,4}(\.\d{1,8})?\s*%?$/)]);
const alert = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/)
    .meta({ description: 'Of a-z, 0-9 and _.' }),
  title: textForm('In words, for people.'),
  above: alertBound.optional().meta({ description: 'Alert above this number or share.', examples: ['25%'] }),
  below: alertBound.optional().meta({ description: 'Alert below it. One of the two.', examples: ['-60%'] }),
  against: durationForm('Judge the change against the same window so long ago, not the value.').optional(),
  for: durationForm('Beyond the bound for so long.').optional().meta({ default: '0s' }),
  severity: z.enum(['page', 'ticket']).optional().meta({
    description: 'Pages go out at any time, tickets in the hours of the team.',
    default: 'ticket',
  }),
});

/** How a metric's file is written. */
export const metricForm = z
  .strictObject({
    apiVersion: z.literal('freshet/v1').meta({ description: 'Version of this form.' }),
    kind: z.literal('Metric').meta({ description: 'What the file is.' }),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/)
      .meta({ description: 'The analysts’ view is `metrics.<name>`.', examples: ['gross_revenue'] }),
    title: textForm('Name for people.'),
    subtitle: textForm('Words after the title; absent: the window in words.').optional(),
    description: textForm('What it means, in a sentence.').optional(),
    owner: textForm('A team of teams.yaml.'),
    source: textForm('The contract that it reads; none for a ratio of two metrics.').optional(),
    filter: filterForm.optional(),
    measure: measureForm,
    dimensions: z.array(dimension).max(8).optional().meta({ description: 'What values are told apart by.' }),
    limits: z
      .strictObject({
        maxSeries: z.int().min(1).max(10_000).optional().meta({
          description: 'Most series of a pane; later ones are folded into (other), counted and shown.',
          default: 500,
        }),
      })
      .optional()
      .meta({ description: 'Bounds.' }),
    window: window.optional(),
    lateness: z
      .strictObject({
        watermarkDelay: durationForm('How much out of order events usually are.'),
        allowed: durationForm('A window is final so long after its end; later events revise it.'),
      })
      .optional()
      .meta({ description: 'When a window is final. Needed but for a ratio of two metrics.' }),
    freshness: z
      .strictObject({
        target: durationForm('Everything in the log is in the value within this time.'),
        objective: z
          .string()
          .regex(/^\d{1,3}(\.\d{1,4})?\s*%$/)
          .meta({ description: 'Share of the seconds in which the target is met.', examples: ['99.5%'] }),
        over: durationForm('The time that the objective is about.').optional().meta({ default: '30d' }),
        actionWindow: durationForm('So soon somebody has to be able to act.')
          .optional()
          .meta({ default: '60s' }),
      })
      .meta({ description: 'How fresh it has to be.' }),
    replay: z
      .strictObject({
        contract: z.enum(['recompute', 'correct-forward']).optional().meta({
          description: 'A changed definition is counted from the past, or from now on.',
          default: 'recompute',
        }),
        promotion: z.enum(['when-complete', 'by-hand']).optional().meta({
          description: 'When it is read: as soon as its past is counted, or when a person says so.',
          default: 'when-complete',
        }),
      })
      .optional()
      .meta({ description: 'What becomes of a changed definition.' }),
    unit: z
      .enum(['count', 'percent', 'money', 'milliseconds', 'seconds', 'users'])
      .optional()
      .meta({ description: 'What the number is.', default: 'count' }),
    goodDirection: z
      .enum(['up', 'down', 'none'])
      .optional()
      .meta({ description: 'Whether more is better.', default: 'none' }),
    runbook: z
      .string()
      .regex(/^docs\/[A-Za-z0-9_./-]+\.md$/)
      .meta({ description: 'Page below docs/ that says what to do.', examples: ['docs/runbooks/orders.md'] }),
    alerts: z
      .array(alert)
      .optional()
      .meta({ description: 'Bounds on its values that somebody wants to hear of.' }),
    display: z
      .strictObject({
        team: textForm('Team under whose heading it stands; absent: the owner.').optional(),
        order: z
          .int()
          .min(0)
          .max(10_000)
          .optional()
          .meta({ description: 'Lower comes first; the first of a team leads.', default: 1000 }),
        splitBy: textForm('Dimension that the leading tile is split by.').optional(),
      })
      .optional()
      .meta({ description: 'Where it stands on the dashboard.' }),
  })
  .meta({ title: 'Metric', description: 'A definition: one file of catalog/metrics.' });

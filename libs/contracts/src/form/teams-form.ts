import { z } from 'zod';
import { textForm } from './parts.js';

/** Stages that a team may own for all metrics; `produce` is always the topic's owner's. */
export const OWNED_STAGES = ['broker', 'ingest', 'store', 'serve', 'paint'] as const;
export const SEVERITIES = ['page', 'ticket'] as const;
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const VARIABLE_NAME = /^[A-Z][A-Z0-9_]{0,99}$/;
export const TIME_OF_DAY = /^(\d{1,2}):(\d{2})$/;
export const TEAM_NAME = /^[a-z][a-z0-9-]{0,63}$/;

const variable = (description: string, example: string) =>
  z
    .string()
    .regex(VARIABLE_NAME)
    .meta({ description, examples: [example] });
const severities = z
  .array(z.enum(SEVERITIES))
  .min(1)
  .optional()
  .meta({ description: 'What goes there; absent: pages and tickets.' });
const token = variable(
  'Environment variable with a token, sent as `Authorization: Bearer …`.',
  'PAYMENTS_WEBHOOK_TOKEN',
).optional();

const address = z.union([
  z.strictObject({
    webhook: z
      .union([
        z.strictObject({
          urlFrom: variable('Environment variable with the URL.', 'PAYMENTS_WEBHOOK_URL'),
          tokenFrom: token,
        }),
        z.strictObject({
          url: z
            .string()
            .regex(/^https?:\/\//)
            .meta({ description: 'The URL, when it is no secret.' }),
          tokenFrom: token,
        }),
      ])
      .meta({ description: "Takes Alertmanager's webhook payload, version 4." }),
    for: severities,
  }),
  z.strictObject({
    slack: z
      .strictObject({
        urlFrom: variable('Environment variable with the URL, which is a secret.', 'PAYMENTS_SLACK_URL'),
      })
      .meta({ description: "Takes what Slack's incoming webhooks take." }),
    for: severities,
  }),
  z.strictObject({
    email: z.array(z.string().min(3)).min(1).meta({ description: 'Mailboxes, `name@domain`.' }),
    for: severities,
  }),
]);

const timeOfDay = (description: string, example: string) =>
  z
    .string()
    .regex(TIME_OF_DAY)
    .meta({ description, examples: [example] });

/** How `teams.yaml` is written. */
export const teamsForm = z
  .strictObject({
    teams: z
      .array(
        z.strictObject({
          name: z
            .string()
            .regex(TEAM_NAME)
            .meta({ description: 'As in `owner` of contracts and metrics.', examples: ['payments-team'] }),
          title: textForm('Name for people.'),
          stages: z.array(z.enum(OWNED_STAGES)).optional().meta({
            description:
              "Stages that are its own for every metric; one that nobody lists is the metric's owner's.",
          }),
          addresses: z.array(address).optional().meta({
            description: 'Where its alerts go, each an entry of its own; absent: they are only shown.',
          }),
          hours: z
            .strictObject({
              timeZone: textForm('IANA time zone.'),
              days: z.array(z.enum(WEEKDAYS)).min(1).meta({ description: 'Days of work.' }),
              from: timeOfDay('Begin of work, in quotes.', '08:00'),
              to: timeOfDay('End of work, later on the same day.', '17:30'),
            })
            .optional()
            .meta({ description: 'When tickets are delivered; absent: at any time. Pages always are.' }),
        }),
      )
      .meta({ description: 'All teams.' }),
  })
  .meta({ title: 'Teams', description: 'Who owns what, and how each is told: catalog/teams.yaml.' });

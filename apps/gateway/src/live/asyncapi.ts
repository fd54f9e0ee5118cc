import type { HubLimits } from '@freshet/live-hub';
import { PROTOCOL_VERSION, clientMessageSchema, serverMessageSchema } from '@freshet/live-protocol';
import { z } from 'zod';

/** What each message is for; a message without words here is a mistake that the test finds. */
const SUMMARIES: Readonly<Record<string, string>> = {
  hello: 'First message of a client: the protocol that it speaks and, where one is needed, its token.',
  subscribe: 'Asks for a selection of a metric. With `resume`, from the version that the client has.',
  unsubscribe: 'Ends a subscription.',
  ping: 'Heartbeat of the client; also how it estimates the clock of the server.',
  painted: 'Sampled: how long numbers took to the screen.',
  welcome: 'The client is known: who it is, its limits, how often it should ping.',
  snapshot: 'Replaces all that the client has of a subscription.',
  delta: 'Applies to exactly the version `from`; a client that has another one subscribes again.',
  freshness: 'How fresh every metric is: at least once a second, also when nothing changed.',
  pong: 'Answer to `ping`.',
  error: 'A refusal or failure, of a subscription where `id` is set, else of the connection.',
};

/** Close codes of the socket beside those of RFC 6455. */
const CLOSE_CODES = {
  1008: 'too many messages were refused',
  1009: 'a frame was too large',
  1012: 'the gateway stops; come back at once',
  1013: 'a limit of sockets is reached; come back later',
  4000: 'nothing was heard from the client',
  4001: 'no hello came, or its token is not known',
  4008: 'the client did not read what it was sent',
} as const;

type Messages = readonly (readonly [name: string, schema: z.ZodType])[];

type MessageSchema = z.ZodType & { readonly shape: { readonly op: { readonly value: string } } };

function messagesOf(schemas: readonly MessageSchema[]): Messages {
  return schemas.map((schema) => [schema.shape.op.value, schema]);
}

/** The live protocol as an AsyncAPI 3 document, generated from the schemas that both ends check messages with. */
export function liveApi(limits: HubLimits): object {
  const inbound = messagesOf(clientMessageSchema.options);
  const outbound = messagesOf(serverMessageSchema.options);
  const all = [...inbound, ...outbound];
  const refs = (messages: Messages) =>
    messages.map(([name]) => ({ $ref: `#/channels/live/messages/${name}` }));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Freshet live',
      version: String(PROTOCOL_VERSION),
      description: describe(limits),
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host: 'localhost:8080',
        pathname: '/live',
        protocol: 'ws',
        description: 'On other machines than this one behind TLS (wss), and with a token.',
      },
    },
    channels: {
      live: {
        address: '/live',
        description: 'One socket, many subscriptions; JSON text, one message a frame.',
        messages: Object.fromEntries(all.map(([name]) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: 'GET' } },
      },
    },
    operations: {
      take: {
        action: 'receive',
        channel: { $ref: '#/channels/live' },
        summary: 'What clients say.',
        messages: refs(inbound),
      },
      tell: {
        action: 'send',
        channel: { $ref: '#/channels/live' },
        summary: 'What the gateway says.',
        messages: refs(outbound),
      },
    },
    components: {
      messages: Object.fromEntries(
        all.map(([name, schema]) => [
          name,
          {
            name,
            summary: SUMMARIES[name],
            payload: {
              schemaFormat: 'application/schema+json;version=draft-07',
              schema: z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }),
            },
          },
        ]),
      ),
    },
  };
}

function describe(limits: HubLimits): string {
  const kilobytes = (bytes: number) => `${bytes / 1024} KB`;
  return [
    'Numbers as they are counted: a snapshot of each selection, then versioned deltas. A version is opaque to the',
    'client; numbers that were shown never go back to an older one, at whichever gateway the client arrives.',
    '',
    'Limits. At each of them the answer is an `error` with code `limit` that says which one it was:',
    '',
    `- ${limits.subscriptionsPerSocket} subscriptions a socket, ${limits.socketsPerUser} sockets a person, ${limits.sockets} in all`,
    `- ${limits.messagesPerSecond} messages a second on average, ${limits.messageBurst} at once; more are not read`,
    `- ${kilobytes(limits.inboundBytes)} a message; a larger frame closes the socket (1009)`,
    `- ${limits.feeds} different selections at a time, ${limits.pointsPerFeed} points (windows × series) each`,
    `- ${kilobytes(limits.bufferedBytes)} unread: the newest state follows when it is read, no queue; after ${limits.unreadMs / 1000} s closed`,
    `- silent for ${limits.silentMs / 1000} s: closed; ping every ${limits.heartbeatMs / 1000} s. Hello within ${limits.helloMs / 1000} s`,
    '',
    'Close codes:',
    '',
    ...Object.entries(CLOSE_CODES).map(([code, why]) => `- ${code}: ${why}`),
  ].join('\n');
}

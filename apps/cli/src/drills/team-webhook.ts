import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

const labels = z.record(z.string(), z.string());

/** What is read of Alertmanager's webhook payload, version 4. */
const messageSchema = z.object({
  version: z.literal('4'),
  groupKey: z.string().min(1),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string().min(1),
  groupLabels: z.looseObject({ alertname: z.string(), incident: z.string() }),
  commonLabels: z.looseObject({ severity: z.string(), stage: z.string(), team: z.string() }),
  commonAnnotations: labels,
  externalURL: z.url(),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels,
        annotations: z.looseObject({ summary: z.string(), runbook_url: z.string(), description: z.string() }),
        startsAt: z.iso.datetime(),
        endsAt: z.iso.datetime(),
        generatorURL: z.url(),
        fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
      }),
    )
    .min(1),
});

export interface TeamMessage {
  readonly receivedAtMs: number;
  /** Whose address it came to. */
  readonly team: string;
  /** What tells repeats. */
  readonly key: string;
  readonly body: z.infer<typeof messageSchema>;
}

const MOST_MESSAGES = 1_000;
const LOOK_EVERY_MS = 50;

/** A real HTTP server on loopback that every team's alerts are posted to. */
export class TeamWebhook {
  readonly messages: TeamMessage[] = [];
  /** Posts that were not what Alertmanager would send. */
  readonly malformed: string[] = [];
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<TeamWebhook> {
    const webhook = new TeamWebhook();
    await webhook.up();
    return webhook;
  }

  urlOf(team: string): string {
    return `http://127.0.0.1:${this.#port}/${encodeURIComponent(team)}`;
  }

  /** Listens, at the same address as before. */
  async up(): Promise<void> {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const key = request.headers['idempotency-key'];
        this.#take(decodeURIComponent(request.url?.slice(1) ?? ''), String(key), text);
        response.end();
      });
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Refuses every connection until it is up again. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** The first message of an incident with this status after `sinceMs`; undefined at the deadline, or when aborted. */
  async find(
    { incident, status, sinceMs }: { incident: string; status: 'firing' | 'resolved'; sinceMs: number },
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<TeamMessage | undefined> {
    const untilMs = Date.now() + deadlineMs;
    for (;;) {
      const found = this.messages.find(
        ({ body, receivedAtMs }) =>
          body.groupLabels.incident === incident && body.status === status && receivedAtMs >= sinceMs,
      );
      if (found !== undefined || Date.now() >= untilMs || signal.aborted) return found;
      await delay(LOOK_EVERY_MS);
    }
  }

  #take(team: string, key: string, text: string): void {
    const read = messageSchema.safeParse(JSON.parse(text));
    if (!read.success) this.malformed.push(`to ${team}: ${z.prettifyError(read.error)}`);
    else this.messages.push({ receivedAtMs: Date.now(), team, key, body: read.data });
    if (this.messages.length > MOST_MESSAGES) this.messages.shift();
  }
}

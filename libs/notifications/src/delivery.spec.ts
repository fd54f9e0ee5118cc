import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TeamHours } from '@freshet/contracts';
import type { Address } from './addresses.js';
import { openChannel } from './channels/open-channel.js';
import { Delivery, GIVE_UP_AFTER_MS } from './delivery.js';
import type { AlertmanagerPayload } from './messages/alertmanager.js';
import {
  firing,
  FailingOutbox,
  resolved,
  staleAlert,
  startHttpReceiver,
  type HttpReceiver,
} from './testing/index.js';

const NOON = Date.UTC(2026, 2, 2, 12);
const MINUTE = 60_000;
const LINKS = { publicUrl: 'http://freshet.example', runbooksUrl: undefined };
const OFFICE: TeamHours = { timeZone: 'UTC', days: ['mon', 'tue'], fromMinute: 540, toMinute: 1_020 };

let hook: HttpReceiver;
let outbox: FailingOutbox;
let nowMs: number;
let said: string[];
let open: Delivery[];

beforeEach(async () => {
  hook = await startHttpReceiver();
  outbox = new FailingOutbox();
  nowMs = NOON + 2 * MINUTE;
  said = [];
  open = [];
});
afterEach(async () => {
  for (const delivery of open) delivery.close();
  await hook.stop();
});

function addressOf({ url }: HttpReceiver, changes: Partial<Address> = {}): Address {
  const name = 'platform-team/webhook/0';
  const target = { kind: 'webhook', url, token: 'secret' } as const;
  const both = ['page', 'ticket'] as const;
  return { name, team: 'platform-team', severities: both, hours: undefined, target, ...changes };
}

/** A gateway's delivery; several on one outbox are several gateways. */
function gateway(changes: Partial<Address> = {}): Delivery {
  const delivery = new Delivery({
    addresses: [addressOf(hook, changes)],
    channelOf: (one) => openChannel(one, LINKS, undefined),
    outbox,
    clock: { nowMs: () => nowMs },
    random: () => 0,
    events: {
      sent: () => said.push('sent'),
      failed: (_notice, reason) => said.push(`failed: ${reason}`),
      gaveUp: () => said.push('gave up'),
      unaddressed: (team) => said.push(`nobody of ${team}`),
      outboxFailed: () => said.push('outbox failed'),
    },
  });
  open.push(delivery);
  return delivery;
}

const statuses = () => hook.requests.map(({ body }) => (body as AlertmanagerPayload).status);
const keys = () => hook.requests.map(({ headers }) => headers['idempotency-key']);

describe('Delivery', () => {
  it('tells an incident once as it fires and once as it is resolved, in one conversation', async () => {
    const delivery = gateway();
    await delivery.take([firing()]);
    await delivery.pass();
    await delivery.pass();
    await delivery.take([resolved()]);
    await delivery.pass();
    expect(statuses()).toEqual(['firing', 'resolved']);
    const [first, second] = hook.requests.map(({ body }) => body as AlertmanagerPayload);
    expect(first?.groupKey).toBe(second?.groupKey);
    expect(first?.alerts).toHaveLength(2);
    expect(hook.requests[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('tells again after a crash what the other side has not taken', async () => {
    const port = hook.port;
    await hook.stop();
    const before = gateway();
    await before.take([firing()]);
    await before.pass();
    expect(said).toEqual(['failed: ECONNREFUSED']);
    // That process is gone with all that it had in memory.
    hook = await startHttpReceiver(port);
    const after = gateway();
    await after.recall();
    await after.pass();
    expect(statuses()).toEqual(['firing']);
    expect(outbox.stateOf(`${firing().key}>platform-team/webhook/0`)).toBe('sent');
  });

  it('goes on with other addresses: what waited for a wrong one is delivered at the right one', async () => {
    const delivery = gateway();
    hook.answer(404);
    await delivery.take([firing()]);
    await delivery.pass();
    const right = await startHttpReceiver();
    delivery.follow([addressOf(right)]);
    await delivery.pass();
    expect(right.requests.map(({ body }) => (body as AlertmanagerPayload).status)).toEqual(['firing']);
    await right.stop();

    delivery.follow([]);
    await delivery.take([firing(staleAlert({ id: 'stale/store@2' }))]);
    expect(said).toEqual(['failed: answered 404', 'sent', 'nobody of platform-team']);
  });

  it('keeps the patience with an address that stays as it was', async () => {
    const delivery = gateway();
    hook.answer(503);
    await delivery.take([firing()]);
    await delivery.pass();
    delivery.follow([addressOf(hook)]);
    await delivery.pass();
    expect(keys()).toHaveLength(1);
  });

  it('repeats under the same key where a crash came between sending and writing it down', async () => {
    const before = gateway();
    await before.take([firing()]);
    outbox.failure = 'killed';
    await before.pass();
    outbox.failure = undefined;
    const after = gateway();
    await after.recall();
    await after.pass();
    expect(keys()).toHaveLength(2);
    expect(keys()[0]).toBe(keys()[1]);
  });

  it('waits longer and longer for an address that is down, and as long as it asks for', async () => {
    const delivery = gateway();
    hook.answer(503);
    await delivery.take([firing()]);
    await delivery.pass();
    await delivery.pass();
    expect(keys()).toHaveLength(1);
    expect(delivery.overdueMs).toBe(MINUTE);
    nowMs += 1_000;
    await delivery.pass();
    nowMs += 1_999;
    await delivery.pass();
    expect(keys()).toHaveLength(2);
    hook.answer(429, { 'retry-after': '600' });
    nowMs += 1;
    await delivery.pass();
    hook.answer(200);
    nowMs += 599_000;
    await delivery.pass();
    expect(keys()).toHaveLength(3);
    nowMs += 1_000;
    await delivery.pass();
    expect(said).toEqual(['failed: answered 503', 'failed: answered 503', 'failed: answered 429', 'sent']);
    expect(delivery.waiting).toBe(0);
  });

  it('tells what is true now where an address was down while it changed', async () => {
    const delivery = gateway();
    hook.answer(500);
    await delivery.take([firing()]);
    await delivery.pass();
    await delivery.take([resolved()]);
    hook.answer(200);
    nowMs += MINUTE;
    await delivery.pass();
    expect(statuses()).toEqual(['firing', 'resolved']);
    expect(outbox.stateOf(`${firing().key}>platform-team/webhook/0`)).toBe('superseded');
  });

  it('delivers while the store is dead, and writes it down when that is back', async () => {
    const delivery = gateway();
    outbox.failure = 'no answer';
    await expect(delivery.take([firing()])).rejects.toThrow('no answer');
    await delivery.pass();
    await expect(delivery.take([firing()])).rejects.toThrow('no answer');
    await delivery.pass();
    expect(statuses()).toEqual(['firing']);
    outbox.failure = undefined;
    await delivery.take([firing()]);
    await delivery.pass();
    expect(statuses()).toEqual(['firing']);
    expect(outbox.stateOf(`${firing().key}>platform-team/webhook/0`)).toBe('sent');
  });

  it('of two gateways that both evaluate, the second to tell finds it told', async () => {
    const [one, two] = [gateway(), gateway()];
    await one.take([firing()]);
    await one.pass();
    await two.take([firing()]);
    await two.pass();
    expect(statuses()).toEqual(['firing']);
  });

  it('keeps tickets for the hours of the team, and pages for no hours', async () => {
    const delivery = gateway({ hours: OFFICE });
    const ticket = staleAlert({ id: 'budget/orders@1', severity: 'ticket', kind: 'budget' });
    nowMs = NOON + 8 * 60 * MINUTE;
    await delivery.take([firing(ticket), firing()]);
    await delivery.pass();
    expect(hook.requests).toHaveLength(1);
    expect((hook.requests[0]?.body as AlertmanagerPayload).commonLabels['severity']).toBe('page');
    nowMs = NOON + (24 - 3) * 60 * MINUTE - 1;
    await delivery.pass();
    expect(delivery.waiting).toBe(1);
    expect(delivery.overdueMs).toBe(0);
    nowMs += 1;
    await delivery.pass();
    expect(hook.requests).toHaveLength(2);
  });

  it('is silent about the end of what nobody was told of', async () => {
    const delivery = gateway();
    await delivery.take([resolved()]);
    await delivery.take([{ ...resolved(staleAlert({ firedAtMs: null })), from: 'pending' }]);
    await delivery.pass();
    expect(hook.requests).toEqual([]);
  });

  it('says that a team has no address, and gives up in the end, aloud', async () => {
    const delivery = gateway();
    await delivery.take([firing(staleAlert({ owner: 'growth-team' }))]);
    expect(said).toEqual(['nobody of growth-team']);
    hook.answer(410);
    await delivery.take([firing()]);
    nowMs += GIVE_UP_AFTER_MS;
    await delivery.pass();
    expect(said).toContain('gave up');
    expect(delivery.waiting).toBe(0);
  });
});

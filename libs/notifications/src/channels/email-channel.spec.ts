import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, it } from 'vitest';
import type { Notice } from '../notice.js';
import { noticesOf } from '../routing.js';
import { firing, resolved } from '../testing/alerts.js';
import { EmailChannel } from './email-channel.js';

const LINKS = { publicUrl: 'http://freshet.example', runbooksUrl: 'http://wiki.example' };
const TO = ['one@example.org', 'two@example.org'];
const target = { kind: 'email', to: TO } as const;
const ADDRESS = {
  name: 'platform-team/email/0',
  team: 'platform-team',
  severities: ['page'],
  hours: undefined,
  target,
} as const;

interface Mail {
  readonly to: readonly string[];
  readonly text: string;
}
let stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping) await stop();
  stopping = [];
});

/** A real SMTP server on loopback that asks for a password and refuses the recipients of `refused`. */
async function mailServer(port = 0, refused: readonly string[] = []) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      password === 's3cret' ? done(null, { user: username }) : done(new Error('wrong password')),
    onRcptTo: ({ address }, _session, done) => done(refused.includes(address) ? new Error('unknown') : null),
    onData: (stream, session, done) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  stopping.push(stop);
  return { mails, stop, port: (server.server.address() as AddressInfo).port };
}

function channel(port: number, password = 's3cret'): EmailChannel {
  const server = { url: `smtp://freshet:${password}@127.0.0.1:${port}`, from: 'freshet@example.org' };
  const made = new EmailChannel(server, TO, LINKS);
  stopping.push(() => Promise.resolve(made.close()));
  return made;
}

const noticeOf = (transition = firing()): Notice => noticesOf(transition, [ADDRESS])[0]!;

it('mails what is wrong, whose it is and what to do; the end answers the beginning', async () => {
  const server = await mailServer();
  const mail = channel(server.port);
  await mail.send(noticeOf());
  await mail.send(noticeOf(resolved()));
  expect(server.mails.map(({ to }) => to)).toEqual([TO, TO]);
  const [first, second] = server.mails.map(({ text }) => text.replaceAll('=\r\n', ''));
  expect(first).toMatch(/^Subject: \[Page\] orders and 1 more are stale: Kafka does not answer\r$/m);
  expect(first).toContain('Stage at fault: broker, owned by platform-team');
  expect(first).toContain('What to do: http://wiki.example/docs/runbooks/stale.md');
  expect(second).toMatch(/^Subject: \[Resolved\]/m);
  expect(second).toContain('Resolved: 2026-03-02 12:05:00 UTC, after 5 min');
  const references = (text = '') => /^References: (.*)\r$/m.exec(text)?.[1];
  expect(references(first)).toBe(references(second));
});

it('fails while the server is down, and works when it is back', async () => {
  const server = await mailServer();
  const mail = channel(server.port);
  await server.stop();
  await expect(mail.send(noticeOf())).rejects.toThrow(/^ESOCKET|^ECONNECTION|^ECONNREFUSED/);
  const again = await mailServer(server.port);
  await mail.send(noticeOf());
  expect(again.mails).toHaveLength(1);
});

it('fails where a recipient is refused or the password is wrong, which it does not repeat', async () => {
  const server = await mailServer(0, ['two@example.org']);
  await expect(channel(server.port).send(noticeOf())).rejects.toThrow('refused 1 recipients');
  const refused = await channel(server.port, 'guessed').send(noticeOf()).catch(String);
  expect(refused).toMatch(/EAUTH: the mail server answered 535/);
  expect(refused).not.toContain('guessed');
});

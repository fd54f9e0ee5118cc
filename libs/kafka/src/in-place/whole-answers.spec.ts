import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import type { HiddenConnection } from '../private-kafkajs.js';
import { rereadingSocket, takeWholeAnswers } from './whole-answers.js';

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

/** An answer with its length: more than a socket reads at once, each byte tells its number. */
function answer(correlationId: number): Buffer {
  const bytes = Buffer.alloc(4 + 4 + 700_000, correlationId);
  bytes.writeInt32BE(bytes.length - 4);
  bytes.writeInt32BE(correlationId, 4);
  return bytes;
}

/** A connection to a server that writes what the answer of this has. */
async function connected(): Promise<{ socket: Socket; write: (bytes: Buffer) => void }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const socket = rereadingSocket({ host: '127.0.0.1', port, onConnect: () => undefined });
  const [peer] = (await accepted) as [Socket];
  ends.push(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  return { socket, write: (bytes) => void peer.write(bytes) };
}

it('gives listeners pieces that stay what they are', async () => {
  const { socket, write } = await connected();
  const pieces: Buffer[] = [];
  const sent = [1, 2, 3].map(answer);
  const done = new Promise<void>((resolve) => {
    let left = sent.length * sent[0]!.length;
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      if ((left -= piece.length) === 0) resolve();
    });
  });
  sent.forEach(write);
  await done;
  expect(Buffer.concat(pieces).equals(Buffer.concat(sent))).toBe(true);
});

it('takes answers whole, and leaves to kafkajs what comes while it authenticates', async () => {
  const { socket, write } = await connected();
  const [own, whole]: [Buffer[], { size: number; correlationId: number; payload: Buffer }[]] = [[], []];
  let told: () => void = () => undefined;
  const next = (): Promise<void> => new Promise((resolve) => (told = resolve));
  const connection = {
    socket,
    authHandlers: {} as object | null,
    bytesBuffered: 0,
    requestQueue: { fulfillRequest: (each: (typeof whole)[number]) => void (whole.push(each), told()) },
    processData: (piece: Buffer) => void (own.push(piece), told()),
  } satisfies HiddenConnection;
  takeWholeAnswers(connection);
  socket.on('data', (piece: Buffer) => connection.processData(piece));

  const authenticated = next();
  write(Buffer.from('hello'));
  await authenticated;
  connection.authHandlers = null;
  for (const id of [1, 2, 3]) {
    const taken = next();
    write(answer(id));
    await taken;
  }
  expect(Buffer.concat(own).toString()).toBe('hello');
  expect(whole.map(({ size, correlationId }) => [size, correlationId])).toEqual(
    [1, 2, 3].map((id) => [700_004, id]),
  );
  expect(
    whole.every(({ payload, correlationId }) => payload.equals(Buffer.alloc(700_000, correlationId))),
  ).toBe(true);
});

it('ends a connection whose bytes are no answers', async () => {
  const { socket, write } = await connected();
  const connection: HiddenConnection = {
    socket,
    authHandlers: null,
    bytesBuffered: 0,
    requestQueue: { fulfillRequest: () => undefined },
    processData: () => undefined,
  };
  takeWholeAnswers(connection);
  socket.on('data', (piece: Buffer) => connection.processData(piece));
  const failed = once(socket, 'error');
  write(Buffer.alloc(8, 255));
  expect(await failed).toEqual([expect.any(RangeError)]);
});

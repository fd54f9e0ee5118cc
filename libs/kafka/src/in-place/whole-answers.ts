import { connect, type Socket } from 'node:net';

import type { ISocketFactoryArgs } from 'kafkajs';

import type { HiddenConnection } from '../private-kafkajs.js';
import { AnswerAssembler } from './answer-assembler.js';

/** Read at once from a socket. */
const READ_BYTES = 256 * 1024;
const KEEP_ALIVE_MS = 60_000;

/** Sockets whose pieces are taken at once, and by whom. */
const takers = new WeakMap<Socket, (piece: Buffer) => void>();

/**
 * A socket without TLS that reads into the same memory again and again. Node would allocate 64 KiB for each read, which
 * makes the garbage collector look at all that lives, many times in a backlog. Whoever listens gets copies.
 */
export function rereadingSocket({ host, port, onConnect }: Omit<ISocketFactoryArgs, 'ssl'>): Socket {
  const socket = connect(
    {
      host,
      port,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (size, buffer) => {
          const piece = (buffer as Buffer).subarray(0, size);
          const take = takers.get(socket);
          if (take === undefined) socket.emit('data', Buffer.from(piece));
          else take(piece);
          return true;
        },
      },
    },
    onConnect,
  );
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

/**
 * Puts answers of this connection together by `AnswerAssembler`. kafkajs joins all pieces of an answer twice: once to
 * read its length, once when all have come. What comes while it authenticates, or behind bytes that it holds, is its own.
 */
export function takeWholeAnswers(connection: HiddenConnection): void {
  const own = connection.processData.bind(connection);
  let socket: Socket | undefined;
  let assembler: AnswerAssembler | undefined;
  connection.processData = (piece) => {
    if (connection.socket !== socket || assembler === undefined) {
      socket = connection.socket;
      assembler = new AnswerAssembler((answer) =>
        connection.requestQueue.fulfillRequest({
          size: answer.length,
          correlationId: answer.readInt32BE(),
          payload: answer.subarray(4),
        }),
      );
    }
    const isOwn = connection.authHandlers !== null || connection.bytesBuffered > 0;
    if (isOwn && !assembler.isWithin) return own(Buffer.from(piece));
    takers.set(socket, connection.processData);
    try {
      assembler.add(piece);
    } catch (error) {
      // Not an answer of a broker, or one that nobody can read: the connection is worth nothing any more.
      socket.destroy(error as Error);
    }
  };
}

import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import type { OutputSink } from './child.js';

const LARGEST_BYTES = 10_485_760;

/**
 * A log file that is moved to `<path>.1` at 10 MB, over the one before: it takes 20 MB at most. Writes go to
 * the file at once, so that nothing is buffered and nothing is lost with the process; when the disk is full,
 * what a child says is dropped.
 */
export class RotatingLog implements OutputSink {
  readonly #path: string;
  #file: number;
  #sizeBytes: number;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a', 0o600);
    this.#sizeBytes = fstatSync(this.#file).size;
  }

  write(chunk: Uint8Array): void {
    try {
      if (this.#sizeBytes + chunk.length > LARGEST_BYTES) this.#rotate();
      this.#sizeBytes += writeSync(this.#file, chunk);
    } catch {
      // A full disk must not end the launcher; the start checks for it and says so.
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #rotate(): void {
    closeSync(this.#file);
    renameSync(this.#path, `${this.#path}.1`);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#sizeBytes = 0;
  }
}

import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { catalogueFingerprint } from '@freshet/contracts';
import type { Logger } from 'pino';
import { ConfigError } from '../config.js';
import type { Catalogue } from './catalogue.js';
import { readCatalogue } from './files.js';

const LOOK_EVERY_MS = 1_000;

/** Follows the files of the catalogue while the gateway runs; a problem in them changes nothing and is shown. */
export class CatalogueWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #seen: string;

  constructor(
    private readonly folder: string,
    private readonly catalogue: Catalogue,
    private readonly changed: () => void,
    private readonly log: Logger,
  ) {
    this.#seen = catalogue.fingerprint;
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Takes changed files into use, or says why not. */
  look(): void {
    const fingerprint = catalogueFingerprint(this.folder);
    if (fingerprint === this.#seen) return;
    try {
      const files = readCatalogue(this.folder);
      // Half of a save may have been read: it is looked at again.
      if (files.fingerprint !== fingerprint || catalogueFingerprint(this.folder) !== fingerprint) return;
      this.catalogue.take(files);
      this.changed();
      this.log.info('the changed catalogue is in use');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.catalogue.refuse(error.message.split('\n').slice(1));
      this.log.warn({ why: error.message }, 'the changed catalogue is refused; what is served stays');
    }
    this.#seen = fingerprint;
  }
}

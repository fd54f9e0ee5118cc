import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Nest's own words in the app's log; its start-up lines only when debugging. */
export class NestLog implements LoggerService {
  constructor(private readonly to: Logger) {}

  log(message: unknown): void {
    this.to.debug(String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.to.error({ detail: rest.filter((part) => typeof part === 'string') }, String(message));
  }

  warn(message: unknown): void {
    this.to.warn(String(message));
  }

  debug(message: unknown): void {
    this.to.debug(String(message));
  }
}

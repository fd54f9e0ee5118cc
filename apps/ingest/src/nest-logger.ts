import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Nest's own words as pino's debug lines; warnings and errors as what they are. */
export function nestLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown) => logger.debug(String(message)),
    warn: (message: unknown) => logger.warn(String(message)),
    error: (message: unknown) => logger.error(String(message)),
  };
}

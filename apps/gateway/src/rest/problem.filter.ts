import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Logger } from 'pino';
import { problemBody } from './problem.js';

interface Answer {
  readonly headersSent: boolean;
  status(code: number): Answer;
  type(name: string): Answer;
  send(body: string): void;
}

/** Every refusal has the same body (RFC 9457 in spirit); what was not foreseen is logged and not shown. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const answer = host.switchToHttp().getResponse<Answer>();
    if (answer.headersSent) return;
    const status = error instanceof HttpException ? error.getStatus() : 500;
    if (!(error instanceof HttpException)) this.log.error({ err: error }, 'a request failed');
    const given = error instanceof HttpException ? error.getResponse() : undefined;
    const isProblem = typeof given === 'object' && given !== null && 'title' in given && 'detail' in given;
    const detail = error instanceof HttpException ? error.message : 'Something failed that should not have.';
    const body = isProblem ? given : problemBody(status, detail);
    answer.status(status).type('application/problem+json').send(JSON.stringify(body));
  }
}

import { HttpException } from '@nestjs/common';
import type { Problem } from '@freshet/live-protocol';

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is wrong',
  401: 'A token is needed',
  403: 'Not allowed',
  404: 'Not found',
  429: 'Too many at once',
  500: 'Freshet made a mistake',
  503: 'Not available now',
};

/** A refusal with what, where and remedy as its body. */
export function problem(status: number, detail: string, remedy?: string): HttpException {
  return new HttpException(problemBody(status, detail, remedy), status);
}

export function problemBody(status: number, detail: string, remedy?: string): Problem {
  const title = TITLES[status] ?? 'The request failed';
  return { status, title, detail, ...(remedy === undefined ? {} : { remedy }) };
}

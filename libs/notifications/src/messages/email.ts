import { createHash } from 'node:crypto';
import type { Notice } from '../notice.js';
import type { Links } from './links.js';
import { wordingOf } from './wording.js';

export interface EmailMessage {
  readonly subject: string;
  readonly text: string;
  /** The same for the same notice: a mailbox that gets it twice can tell. */
  readonly messageId: string;
  /** First message of the conversation. */
  readonly references: string;
}

export function emailMessage(notice: Notice, links: Links): EmailMessage {
  const { headline, facts } = wordingOf(notice, links);
  return {
    subject: headline,
    text: [headline, '', ...facts.map(([label, text]) => `${label}: ${text}`), ''].join('\n'),
    messageId: identifier(notice.key),
    references: identifier(`${notice.alertId}>${notice.address}`),
  };
}

function identifier(text: string): string {
  return `<${createHash('sha256').update(text).digest('hex').slice(0, 32)}@freshet>`;
}

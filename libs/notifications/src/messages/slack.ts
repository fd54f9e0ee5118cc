import type { Notice } from '../notice.js';
import type { Links } from './links.js';
import { wordingOf } from './wording.js';

/** Body of an incoming webhook of Slack, and of the chats that take the same (Mattermost, Rocket.Chat, …). */
export interface SlackPayload {
  readonly text: string;
  readonly attachments: readonly {
    readonly color: string;
    readonly fallback: string;
    readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
  }[];
}

const COLOURS = { page: '#c62828', ticket: '#b26a00', resolved: '#2e7d32' };

export function slackPayload(notice: Notice, links: Links): SlackPayload {
  const { headline, facts } = wordingOf(notice, links);
  return {
    text: escaped(headline),
    attachments: [
      {
        color: COLOURS[notice.status === 'resolved' ? 'resolved' : notice.severity],
        fallback: escaped(headline),
        fields: facts.map(([title, value]) => ({ title, value: escaped(value), short: value.length < 40 })),
      },
    ],
  };
}

/** Slack reads `<…>` as links and mentions: a name out of a topic must not be able to call a whole channel. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import type { Address } from '../addresses.js';
import { alertmanagerPayload } from '../messages/alertmanager.js';
import type { Links } from '../messages/links.js';
import { slackPayload } from '../messages/slack.js';
import type { Channel } from './channel.js';
import { EmailChannel, type MailServer } from './email-channel.js';
import { HttpChannel } from './http-channel.js';

/** The way to an address. Connects at the first notice. Throws for e-mail without a mail server. */
export function openChannel(
  { name, target }: Address,
  links: Links,
  mailServer: MailServer | undefined,
): Channel {
  if (target.kind === 'webhook') {
    return new HttpChannel(target.url, target.token, (notice) => alertmanagerPayload(notice, links));
  }
  if (target.kind === 'slack') {
    return new HttpChannel(target.url, undefined, (notice) => slackPayload(notice, links));
  }
  if (mailServer === undefined) throw new Error(`${name} needs a mail server`);
  return new EmailChannel(mailServer, target.to, links);
}

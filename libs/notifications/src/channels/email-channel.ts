import { createTransport } from 'nodemailer';
import { emailMessage } from '../messages/email.js';
import type { Links } from '../messages/links.js';
import type { Notice } from '../notice.js';
import { ANSWER_LIMIT_MS, DeliveryFailed, type Channel } from './channel.js';

export interface MailServer {
  /** `smtp://user:password@host:587` (STARTTLS where the server has it) or `smtps://…`. */
  readonly url: string;
  readonly from: string;
}

/** Sends mail by SMTP; taken is when the server has accepted it for every recipient. */
export class EmailChannel implements Channel {
  readonly #transport;

  constructor(
    private readonly server: MailServer,
    private readonly to: readonly string[],
    private readonly links: Links,
  ) {
    this.#transport = createTransport({
      url: server.url,
      connectionTimeout: ANSWER_LIMIT_MS,
      greetingTimeout: ANSWER_LIMIT_MS,
      socketTimeout: ANSWER_LIMIT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send(notice: Notice): Promise<void> {
    const { subject, text, messageId, references } = emailMessage(notice, this.links);
    const refused = await this.#deliver({ subject, text, messageId, references });
    if (refused.length > 0) throw new DeliveryFailed(`the mail server refused ${refused.length} recipients`);
  }

  async #deliver(message: {
    readonly subject: string;
    readonly text: string;
    readonly messageId: string;
    readonly references: string;
  }): Promise<readonly unknown[]> {
    try {
      const { rejected } = await this.#transport.sendMail({
        ...message,
        from: this.server.from,
        to: [...this.to],
        headers: { 'auto-submitted': 'auto-generated' },
      });
      return rejected ?? [];
    } catch (error) {
      throw new DeliveryFailed(reasonOf(error));
    }
  }

  close(): void {
    this.#transport.close();
  }
}

/** Code and answer of the server; its address and the credentials are left out. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the mail was not sent';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'the mail was not sent';
  const answered = 'responseCode' in error && typeof error.responseCode === 'number';
  return answered ? `${code}: the mail server answered ${String(error.responseCode)}` : code;
}

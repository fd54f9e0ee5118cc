import type { MailServer } from './channels/email-channel.js';

/** How teams are told, as the environment says. */
export interface NotificationSettings {
  /** Of the dashboard, as people reach it, without a slash at its end; absent: the gateway's own address. */
  readonly publicUrl: string | undefined;
  /** What a runbook's path is appended to, without a slash at its end; absent: the dashboard shows it. */
  readonly runbooksUrl: string | undefined;
  /** Absent: no mail is sent. */
  readonly mailServer: MailServer | undefined;
}

/**
 * Reads FRESHET_PUBLIC_URL, FRESHET_RUNBOOKS_URL, FRESHET_SMTP_URL and FRESHET_SMTP_FROM; an empty variable is one that
 * is not set. Throws with the variable's name when one is wrong.
 */
export function notificationSettingsFromEnv(env: NodeJS.ProcessEnv): NotificationSettings {
  const smtpUrl = urlOf(env, 'FRESHET_SMTP_URL', ['smtp:', 'smtps:']);
  return {
    publicUrl: urlOf(env, 'FRESHET_PUBLIC_URL', ['http:', 'https:'])?.replace(/\/+$/, ''),
    runbooksUrl: urlOf(env, 'FRESHET_RUNBOOKS_URL', ['http:', 'https:'])?.replace(/\/+$/, ''),
    mailServer:
      smtpUrl === undefined
        ? undefined
        : { url: smtpUrl, from: env['FRESHET_SMTP_FROM'] || 'freshet@localhost' },
  };
}

/** As they may be shown. */
export function maskedNotifications({ mailServer, ...rest }: NotificationSettings): object {
  if (mailServer === undefined) return { ...rest, mailServer };
  const url = new URL(mailServer.url);
  if (url.password !== '') url.password = '***';
  return { ...rest, mailServer: { from: mailServer.from, url: url.href } };
}

function urlOf(
  env: NodeJS.ProcessEnv,
  name: 'FRESHET_PUBLIC_URL' | 'FRESHET_RUNBOOKS_URL' | 'FRESHET_SMTP_URL',
  protocols: readonly string[],
): string | undefined {
  const text = env[name] || undefined;
  if (text === undefined) return undefined;
  if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
  // It may hold a password: it is not repeated.
  throw new Error(
    `${name} is no address that begins with ${protocols.map((one) => `${one}//`).join(' or ')}.`,
  );
}

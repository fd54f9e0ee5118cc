import type { AlertSeverity, Team, TeamHours } from '@freshet/contracts';

/** An address with its secrets, ready to be used. */
export interface Address {
  /** `team/kind/position in the file`, e.g. `payments-team/slack/1`. */
  readonly name: string;
  readonly team: string;
  readonly severities: readonly AlertSeverity[];
  readonly hours: TeamHours | undefined;
  readonly target: AddressTarget;
}

type AddressTarget =
  | { readonly kind: 'webhook'; readonly url: string; readonly token: string | undefined }
  | { readonly kind: 'slack'; readonly url: string }
  | { readonly kind: 'email'; readonly to: readonly string[] };

export interface ResolvedAddresses {
  readonly addresses: readonly Address[];
  /** Addresses that cannot be used, and why; for people. */
  readonly unusable: readonly string[];
}

/**
 * Looks up what `teams.yaml` refers to. Addresses whose variable is not set, and e-mail without a mail server,
 * are left out and named: a catalogue can be tried without its secrets.
 */
export function resolveAddresses(
  teams: readonly Team[],
  environment: Readonly<Record<string, string | undefined>>,
  hasMailServer: boolean,
): ResolvedAddresses {
  const addresses: Address[] = [];
  const unusable: string[] = [];
  for (const team of teams) {
    team.addresses.forEach((address, position) => {
      const name = `${team.name}/${address.kind}/${position}`;
      const found = resolveTarget(address, environment, hasMailServer);
      if ('unusable' in found) unusable.push(`${name}: ${found.unusable}`);
      else {
        const { severities } = address;
        addresses.push({ name, team: team.name, severities, hours: team.hours, target: found });
      }
    });
  }
  return { addresses, unusable };
}

function resolveTarget(
  address: Team['addresses'][number],
  environment: Readonly<Record<string, string | undefined>>,
  hasMailServer: boolean,
): AddressTarget | { readonly unusable: string } {
  if (address.kind === 'email') {
    return hasMailServer
      ? { kind: 'email', to: address.to }
      : { unusable: 'FRESHET_SMTP_URL is not set, so that no mail can be sent' };
  }
  const { target } = address;
  const url = 'url' in target ? target.url : environment[target.environment];
  const source = 'url' in target ? 'its url' : target.environment;
  if (!url) return { unusable: `${source} is not set` };
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    return { unusable: `${source} is no http or https URL` };
  if (address.kind === 'slack') return { kind: 'slack', url };
  const { tokenEnvironment } = address;
  if (tokenEnvironment === undefined) return { kind: 'webhook', url, token: undefined };
  const token = environment[tokenEnvironment];
  return token ? { kind: 'webhook', url, token } : { unusable: `${tokenEnvironment} is not set` };
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Access, User } from '@freshet/live-hub';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../config.js';

const tokensSchema = z.object({
  tokens: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(64),
        role: z.enum(['viewer', 'operator', 'admin']),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
      }),
    )
    .min(1),
});

/** On loopback everybody is the one who sits at the machine. */
export class LocalAccess implements Access {
  static readonly user: User = { name: 'local', role: 'admin' };

  authenticate(): User {
    return LocalAccess.user;
  }

  mayRead(): boolean {
    return true;
  }
}

/** Named tokens; only their hashes are known here. */
export class TokenAccess implements Access {
  constructor(private readonly tokens: readonly { readonly user: User; readonly hash: Buffer }[]) {}

  /** Takes the same time whichever token it is. */
  authenticate(token: string | undefined): User | undefined {
    if (token === undefined) return undefined;
    const hash = createHash('sha256').update(token).digest();
    let found: User | undefined;
    for (const entry of this.tokens) if (timingSafeEqual(entry.hash, hash)) found = entry.user;
    return found;
  }

  mayRead(): boolean {
    return true;
  }
}

/** Reads a tokens file (YAML or JSON). Throws `ConfigError` with what is wrong. */
export function readTokens(file: string): TokenAccess {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`FRESHET_TOKENS_FILE ${file} cannot be read: ${(error as Error).message}`);
  }
  const result = tokensSchema.safeParse(content);
  if (!result.success) {
    const issue = result.error.issues[0];
    const where = issue?.path.join('.') || 'the file';
    throw new ConfigError(
      `FRESHET_TOKENS_FILE ${file}: ${where}: ${issue?.message ?? 'is wrong'}. ` +
        `It holds a list "tokens" of { name, role: viewer|operator|admin, sha256 }.`,
    );
  }
  return new TokenAccess(
    result.data.tokens.map(({ name, role, sha256 }) => ({
      user: { name, role },
      hash: Buffer.from(sha256, 'hex'),
    })),
  );
}

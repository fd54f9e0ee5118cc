import { hostname, userInfo } from 'node:os';

/** Who runs this command, as it is kept with what was done: user and machine. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`;
}

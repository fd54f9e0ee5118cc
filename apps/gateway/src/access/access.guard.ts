import { Inject, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Access, User } from '@freshet/live-hub';
import { Telemetry } from '../telemetry/telemetry.js';
import { problem } from '../rest/problem.js';

export const ACCESS = Symbol('Access');
const OPEN = 'freshet:open';

/** Needs no user: health, which tells nothing about the business. */
export const Open = (): MethodDecorator => SetMetadata(OPEN, true);

export interface AuthorisedRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  user?: User;
}

/** Finds the user of every request by `Authorization: Bearer <token>`; on loopback it is the local one. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(ACCESS) private readonly access: Access,
    @Inject(Telemetry) private readonly telemetry: Telemetry,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    if (Reflect.getMetadata(OPEN, context.getHandler()) === true) return true;
    const request = context.switchToHttp().getRequest<AuthorisedRequest>();
    const bearer = /^Bearer (\S+)$/i.exec(request.headers['authorization'] ?? '');
    const user = this.access.authenticate(bearer?.[1]);
    if (user === undefined) {
      this.telemetry.refused('unauthorised');
      const detail = bearer === null ? 'No token came with the request.' : 'The token is not known.';
      throw problem(
        401,
        detail,
        'Send the header "Authorization: Bearer <token>" with a token of the tokens file.',
      );
    }
    request.user = user;
    return true;
  }
}

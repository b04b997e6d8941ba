import { InputError } from '../input-error.ts';
import type { Store } from '../store/store.ts';
import { readMoment } from '../time.ts';
import { UsageError } from '../usage-error.ts';
import { Desk } from './desk.ts';
import { DESK_ROLES, type Token } from './token.ts';

/** What `dateline token` is told beside what to do. */
export interface TokenOptions {
  name?: string | undefined;
  role?: string | undefined;
  expires?: string | undefined;
}

/**
 * Makes, lists or ends tokens; gives what is to be said.
 * @param now milliseconds since 1970 UTC
 * @throws UsageError for a command that is none
 * @throws InputError where there is no such token
 */
export async function tokenCommand(
  store: Store,
  [what, id, ...more]: readonly string[],
  options: TokenOptions,
  now: number,
): Promise<string> {
  const desk = new Desk(store);
  const at = new Date(now).toISOString();
  if (what === 'create' && id === undefined) {
    const { token, text } = await desk.createToken({ ...readToken(options, now), createdAt: at });
    return `${text}\nThis is the token of ${token.name}, as ${token.role}. It is shown this once and kept nowhere: put it in a safe place.`;
  }
  if (what === 'list' && id === undefined) {
    const tokens = await desk.tokens();
    return tokens.length === 0 ? 'There are no tokens: nobody can write.' : table(tokens, at);
  }
  if (what === 'revoke' && id !== undefined && more.length === 0) {
    const token = await desk.revokeToken(id, at);
    if (!token) throw new InputError(`no token "${id}". The ids are in dateline token list.`);
    return `The token of ${token.name} holds no more.`;
  }
  throw new UsageError('what to do with tokens? Write token create, token list, or token revoke ID.');
}

function readToken(
  { name, role, expires }: TokenOptions,
  now: number,
): Omit<Token, 'id' | 'hash' | 'createdAt' | 'revokedAt'> {
  if (!name?.trim()) throw new UsageError('the token has no name. Give --name with whose it is.');
  const known = DESK_ROLES.find((each) => each === role?.toUpperCase());
  if (!known)
    throw new UsageError(
      `unknown role: "${role ?? ''}". Give --role reader, who sees drafts, editor, who writes, or owner, who imports too.`,
    );
  const until = expires === undefined ? null : readMoment(expires);
  if (until !== null && until <= now)
    throw new UsageError(`--expires is over: "${expires}". Give a day that is still to come.`);
  return { name, role: known, expiresAt: until === null ? null : new Date(until).toISOString() };
}

function table(tokens: readonly Token[], now: string): string {
  const state = ({ revokedAt, expiresAt }: Token): string => {
    if (revokedAt !== null) return `revoked ${revokedAt.slice(0, 10)}`;
    if (expiresAt === null) return 'holds';
    return expiresAt <= now
      ? `over since ${expiresAt.slice(0, 10)}`
      : `holds until ${expiresAt.slice(0, 10)}`;
  };
  return tokens
    .map((token) =>
      [token.id, token.role.padEnd(6), `made ${token.createdAt.slice(0, 10)}`, state(token), token.name].join(
        '  ',
      ),
    )
    .join('\n');
}

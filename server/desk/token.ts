import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What somebody may do, each all that those before may: read drafts, write, and import. */
export const DESK_ROLES = ['READER', 'EDITOR', 'OWNER'] as const;
export type DeskRole = (typeof DESK_ROLES)[number];

/** What is kept of a token: nothing that it could be made of again. */
export interface Token {
  id: string;
  /** Whose it is, for people. */
  name: string;
  role: DeskRole;
  /** SHA-256 of its secret, which has 256 bits that nobody can guess: no slower hash would make that harder. */
  hash: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** From when on it holds no more; null for ever. */
  expiresAt: string | null;
  revokedAt: string | null;
}

/** A new token: what is kept, and the text that is told once. */
export function newToken(of: Pick<Token, 'name' | 'role' | 'createdAt' | 'expiresAt'>): {
  token: Token;
  text: string;
} {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return {
    token: { id, ...of, hash: hashOf(secret), revokedAt: null },
    text: `dateline_${id}_${secret}`,
  };
}

/** The id that a text says it is the token of, or null where it is no token. */
export const tokenId = (text: string): string | null => TOKEN.exec(text)?.groups?.['id'] ?? null;

/** Whether a text is a token's and it holds at a moment, in milliseconds since 1970 UTC. */
export function holds(token: Token, text: string, now: number): boolean {
  const secret = TOKEN.exec(text)?.groups?.['secret'] ?? '';
  const isSame = timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(token.hash));
  return (
    isSame && token.revokedAt === null && (token.expiresAt === null || now < Date.parse(token.expiresAt))
  );
}

/** Whether a role may do what another may. */
export const mayAs = (role: DeskRole, needed: DeskRole): boolean =>
  DESK_ROLES.indexOf(role) >= DESK_ROLES.indexOf(needed);

const TOKEN = /^dateline_(?<id>[0-9a-f]{12})_(?<secret>[\w-]{43})$/;

const hashOf = (secret: string): string => hash('sha256', secret, 'base64url');

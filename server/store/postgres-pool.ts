import { Pool, types, type PoolClient, type QueryConfig, type QueryResultRow } from 'pg';
import { InputError } from '../input-error.ts';
import { withoutPassword } from './database-url.ts';
import { StoreUnavailable } from './unavailable.ts';

/** Milliseconds until a database that does not answer counts as away: to a connection, and to a question for records. */
const [CONNECT_TIMEOUT, ANSWER_TIMEOUT] = [3000, 5000];

/** Milliseconds for all of an atlas to be read, or for a search. */
export const [LONG_TIMEOUT, SEARCH_TIMEOUT] = [600_000, 5000];

const INT8 = 20;

/** Connections to one database, each in use for one question or transaction at a time: nothing stays behind in a session. */
export class PostgresPool {
  readonly url: string;
  readonly #pool: Pool;

  /** @param most connections at once; who finds none free in a few seconds is told that the database is busy */
  constructor(url: string, most: number) {
    this.url = url;
    this.#pool = new Pool({
      connectionString: url,
      max: most,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'dateline',
      types: {
        // Keys and times are whole numbers that a double holds.
        getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)),
      },
    });
    // One that breaks while it is idle is replaced when it is wanted.
    this.#pool.on('error', () => {});
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }

  /** Asks for a few records. @throws StoreUnavailable when there is no answer */
  async ask<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row>(soon(text, values))).rows;
    } catch (error) {
      throw told(error);
    }
  }

  /** Reads of one moment, however many questions that takes. */
  async read<T>(work: (client: PoolClient) => Promise<T>, timeout = LONG_TIMEOUT): Promise<T> {
    return this.#transaction(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${within(timeout)}`, work);
  }

  /** Writes in one transaction, all of which is there when it ends, or nothing. @param isKept false only tries it */
  async write<T>(work: (client: PoolClient) => Promise<T>, isKept = true): Promise<T> {
    return this.#transaction(`BEGIN; ${within(0)}`, work, isKept);
  }

  async #transaction<T>(begin: string, work: (client: PoolClient) => Promise<T>, isKept = true): Promise<T> {
    const client = await this.#pool.connect().catch((error) => {
      throw told(error);
    });
    // A connection that breaks between two questions is seen by the next one.
    const ignore = (): void => {};
    client.on('error', ignore);
    let isBroken = true;
    try {
      await client.query(soon(begin));
      const done = await work(client);
      await client.query(isKept ? 'COMMIT' : 'ROLLBACK');
      isBroken = false;
      return done;
    } catch (error) {
      isBroken = await client.query(soon('ROLLBACK')).then(
        () => false,
        () => true,
      );
      throw told(error);
    } finally {
      client.off('error', ignore);
      client.release(isBroken);
    }
  }
}

/** A question that must be answered soon, whatever is between us and the server. */
const soon = (text: string, values: unknown[] = []): QueryConfig & { query_timeout: number } => ({
  ...{ text, values, query_timeout: ANSWER_TIMEOUT },
});

const within = (timeout: number): string => `SET LOCAL statement_timeout = ${timeout}`;

/** Classes and codes of SQLSTATE that pass: connections, resources, shutdowns, timeouts, conflicts with recovery, standbys. */
const PASSING = /^(08...|53...|57P0.|57014|40001|40P01|25006)$/;

/** What the operating system and pg say of connections that fail. */
const BROKEN =
  /ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|ENOENT|[Cc]onnection terminated|timeout exceeded|read timeout|timeout expired|not queryable|Client was closed/;

/** A failure that may pass is told from a fault. */
function told(error: unknown): unknown {
  return isPassing(error)
    ? new StoreUnavailable(`the database does not answer: ${reasonOf(error)}`, { cause: error })
    : error;
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (code !== undefined && PASSING.test(code)) || BROKEN.test(`${code} ${reasonOf(error)}`);
}

/** What is wrong, of several addresses that were tried the last. */
const reasonOf = (error: unknown): string =>
  error instanceof AggregateError
    ? String((error.errors.at(-1) as Error | undefined)?.message)
    : (error as Error).message;

/** What to do where a server refuses, by SQLSTATE. */
const REMEDIES: Record<string, (setting: string) => string> = {
  '28P01': (setting) => `Check the user and the password in ${setting}.`,
  '28000': (setting) => `Check the user and the password in ${setting}.`,
  '3D000': (setting) => `Create that database, or name another in ${setting}.`,
  '42501': (setting) => `Let the user of ${setting} make a schema in it: GRANT CREATE ON DATABASE.`,
};

/**
 * Why a database cannot be opened, and what to do; or what it was given, where that is a fault of ours.
 * @param setting the setting that names the database
 */
export function cannotOpen(url: string, setting: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const remedy = REMEDIES[(error as NodeJS.ErrnoException).code ?? '']?.(setting);
  const isAway = error instanceof StoreUnavailable;
  if (remedy === undefined && !isAway && !(error instanceof InputError)) return error;
  const reason = sentence(reasonOf(isAway ? error.cause : error));
  const whatToDo = remedy ?? (isAway ? `Check that the server runs and that ${setting} names it.` : '');
  return new InputError(`cannot open the database ${withoutPassword(url)}: ${reason} ${whatToDo}`.trim());
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

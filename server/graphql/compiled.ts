import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import {
  getVariableValues,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { compilable } from './compilable.ts';
import type { Context } from './context.ts';
import { LruCache } from './lru-cache.ts';
import { WEB_QUERIES } from './web-queries.generated.ts';

/** Runs an operation. Undefined when the answer would have errors, or might: graphql must give it. */
export type Run = (
  variables: Record<string, unknown>,
  context: Context,
) => Promise<Record<string, unknown> | undefined>;

/**
 * Compiling costs as much as some ten runs save, 1 to 20 ms. A hundred, so that a stranger who wants to keep the server
 * compiling has to ask a hundred times for each, and adds 0.2 ms to a question at most.
 */
export const HOT = 100;
/** In characters; the web's longest query has 1,200. */
const LONGEST = 10_000;
/** A compiled operation weighs up to 0.5 MB. Refusals are remembered among them. */
const MOST_COMPILED = 100;
/** Operations that are counted at the same time, to see which become hot. */
const MOST_COUNTED = 1000;

export interface CompilingOptions {
  hot?: number;
  most?: number;
  compile?: typeof compiled;
}

/** The compiled operations of a schema. The web's are compiled at their first run and kept, others while they are hot. */
export class CompiledOperations {
  readonly schema: GraphQLSchema;
  readonly #hot: number;
  readonly #compile: typeof compiled;
  readonly #ours = new Map<string, Run | null>();
  readonly #others: LruCache<Run | null>;
  readonly #counts = new LruCache<number>({ entries: MOST_COUNTED });

  /**
   * @param hot compile an operation of a stranger's when it runs for the so-manieth time
   * @param most keep so many of them
   */
  constructor(
    schema: GraphQLSchema,
    { hot = HOT, most = MOST_COMPILED, compile = compiled }: CompilingOptions = {},
  ) {
    this.schema = schema;
    this.#hot = hot;
    this.#others = new LruCache({ entries: most });
    this.#compile = compile;
  }

  /**
   * How to run an operation of a valid document; undefined for those that are not compiled, or not yet.
   * @param hash of the document's text, SHA-256 in hexadecimal
   */
  find(hash: string, document: DocumentNode, operation: OperationDefinitionNode): Run | undefined {
    if (operation.operation !== 'query') return undefined;
    const key = `${hash} ${operation.name?.value ?? ''}`;
    const cache = WEB_QUERIES.has(hash) ? this.#ours : this.#others;
    let run = cache.get(key);
    if (run === undefined) {
      if (cache === this.#others && !this.#isHot(key)) return undefined;
      run = this.#compile(this.schema, document, operation);
      cache.set(key, run);
    }
    return run ?? undefined;
  }

  #isHot(key: string): boolean {
    const count = (this.#counts.get(key) ?? 0) + 1;
    if (count < this.#hot) this.#counts.set(key, count);
    else this.#counts.delete(key);
    return count >= this.#hot;
  }
}

/** Compiles an operation of a valid document; null when it may not be, or cannot. */
export function compiled(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Run | null {
  if ((document.loc?.end ?? Infinity) > LONGEST) return null;
  const source = compilable(schema, document, operation);
  if (source === null) return null;
  const { strings, nested } = source;
  const made = compileQuery(schema, source.document, operation.name?.value);
  if (!isCompiledQuery(made)) return null;
  return async (given, context) => {
    // As graphql coerces them: graphql-jit words the faults otherwise, and misses some.
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
    if (!coerced || nested.some((name) => !(name in strings) && coerced[name] == null)) return undefined;
    try {
      const { data, errors } = await made.query(undefined, context, { ...coerced, ...strings });
      return errors ? undefined : (data ?? undefined);
    } catch {
      return undefined;
    }
  };
}

/**
 * Answers by compiled operations. An answer with errors is thrown away and graphql asked again: there is nothing to be
 * changed by asking, and so every error is graphql's own.
 */
export function compiledExecution(hot: number): ApolloServerPlugin<Context> {
  let operations: CompiledOperations | undefined;
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ schema, document, operation, queryHash, request, contextValue }) => {
        // Apollo comes by here without an operation too, when the document has none of the name that was asked for.
        if (queryHash === undefined || !operation) return null;
        if (operations?.schema !== schema) operations = new CompiledOperations(schema, { hot });
        const run = operations.find(queryHash, document, operation);
        const data = await run?.(request.variables ?? {}, contextValue);
        if (!data) return null;
        return {
          http: { headers: new HeaderMap() },
          body: { kind: 'single', singleResult: { data } },
        };
      },
    }),
  };
}

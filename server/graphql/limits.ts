import type { ApolloServerPlugin } from '@apollo/server';
import {
  getNamedType,
  getVariableValues,
  GraphQLError,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Limits } from '../settings.ts';
import type { Context } from './context.ts';

/** What a list that says nothing of its length is taken to have, and a list of pages that says nothing of theirs. */
const [USUAL_LENGTH, USUAL_PAGE] = [5, 50];
/** Marks that a large screen has room for. */
const MARKS = 150;
/** What fields take that are counted over the whole atlas, in fields of an answer. */
const PRICES: Record<string, number> = {
  'Query.clusters': 500,
  'Query.timeline': 500,
  'Query.suggest': 500,
  'Query.events': 50,
  'Query.changes': 50,
  // A timeline of each category.
  'TimelineBin.categories': 20,
  'TimelineBin.certainCategories': 20,
  'Facets.actors': 1000,
  'Facets.places': 1000,
  'Facets.sources': 1000,
};

/** Refuses operations that ask for too much, before anything is looked up for them. */
export function limitQueries(limits: Limits): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, operation, request }) => {
        // Apollo comes by here without an operation too, and refuses that itself.
        if (!operation) return;
        if (operation.operation === 'subscription')
          throw new GraphQLError('a subscription is a stream. Send it to /graphql/stream.', {
            extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
          });
        mustBeAffordable(schema, document, operation, request.variables ?? {}, limits);
      },
      willSendResponse: async ({ response: { body } }) => {
        // A query can be wrong in hundreds of ways; the first few help.
        if (body.kind === 'single' && body.singleResult.errors)
          body.singleResult.errors = body.singleResult.errors.slice(0, MOST_ERRORS);
      },
    }),
  };
}

const MOST_ERRORS = 5;

/** @throws GraphQLError for a valid operation that asks for too much */
export function mustBeAffordable(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
  limits: Limits,
): void {
  const { depth, aliases, cost } = measure(schema, document, operation, variables, limits.pageSize);
  if (depth > limits.depth)
    throw refused(
      'QUERY_TOO_DEEP',
      `a query of ${depth} fields within fields`,
      limits.depth,
      'Ask in two steps.',
    );
  if (aliases > limits.aliases)
    throw refused('ALIAS_LIMIT', `a query of ${aliases} aliases`, limits.aliases, 'Ask in several queries.');
  if (cost > limits.cost)
    throw refused(
      'COST_LIMIT',
      `a query that costs ${cost}`,
      limits.cost,
      'Ask for fewer rows or fields at once.',
    );
}

const refused = (code: string, what: string, most: number, remedy: string): GraphQLError =>
  new GraphQLError(`${what}; at most ${most} are allowed. ${remedy}`, {
    extensions: { code, http: { status: 400 } },
  });

/** What an operation asks for. */
export interface Asked {
  depth: number;
  aliases: number;
  cost: number;
}

/**
 * Measures a valid operation in one pass over its text: each fragment is measured once, however often it is spread.
 * @param pageSize what a page has at most, whatever is asked for
 */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Record<string, unknown>,
  pageSize: number,
): Asked {
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
  const fragments = new Map(
    document.definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  const measured = new Map<string, Asked>();

  const ofSelection = (selection: SelectionSetNode, typeName: string): Asked => {
    const sum: Asked = { depth: 0, aliases: 0, cost: 0 };
    for (const each of selection.selections) {
      const its = each.kind === Kind.FIELD ? ofField(each, typeName) : ofFragment(each, typeName);
      sum.depth = Math.max(sum.depth, its.depth);
      sum.aliases += its.aliases;
      sum.cost += its.cost;
    }
    return sum;
  };

  const ofFragment = (
    each: Exclude<SelectionSetNode['selections'][number], FieldNode>,
    typeName: string,
  ): Asked => {
    if (each.kind === Kind.INLINE_FRAGMENT)
      return ofSelection(each.selectionSet, each.typeCondition?.name.value ?? typeName);
    const { value: name } = each.name;
    const known = measured.get(name);
    if (known) return known;
    const fragment = fragments.get(name);
    const its = fragment
      ? ofSelection(fragment.selectionSet, fragment.typeCondition.name.value)
      : { depth: 0, aliases: 0, cost: 0 };
    measured.set(name, its);
    return its;
  };

  const ofField = (node: FieldNode, typeName: string): Asked => {
    const { value: name } = node.name;
    const aliases = node.alias ? 1 : 0;
    const type = schema.getType(typeName);
    const field = isCompositeType(type) && 'getFields' in type ? type.getFields()[name] : undefined;
    // What the schema says of itself is the same for everybody, and graphql limits it by a rule of its own.
    if (!field || name.startsWith('__')) return { depth: 1, aliases, cost: 1 };
    const inside = node.selectionSet
      ? ofSelection(node.selectionSet, getNamedType(field.type).name)
      : { depth: 0, aliases: 0, cost: 0 };
    const price = PRICES[`${typeName}.${name}`] ?? 0;
    return {
      depth: 1 + inside.depth,
      aliases: aliases + inside.aliases,
      cost: 1 + price + timesOf(node, field, coerced, pageSize) * inside.cost,
    };
  };

  const root = schema.getRootType(operation.operation);
  return isObjectType(root)
    ? ofSelection(operation.selectionSet, root.name)
    : { depth: 0, aliases: 0, cost: 0 };
}

/** How often what is inside a field is answered, at most or as is usual. */
function timesOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  variables: Record<string, unknown>,
  pageSize: number,
): number {
  const asked = (name: string): number | null => {
    const definition = field.args.find((each) => each.name === name);
    if (!definition) return null;
    const value = node.arguments?.find((each) => each.name.value === name)?.value;
    if (value?.kind === Kind.INT) return Number(value.value);
    if (value?.kind === Kind.VARIABLE && typeof variables[value.name.value] === 'number')
      return variables[value.name.value] as number;
    return typeof definition.defaultValue === 'number' ? definition.defaultValue : null;
  };
  const isPaged = field.args.some(({ name }) => name === 'first');
  if (isPaged) return Math.min(pageSize, Math.max(0, asked('first') ?? asked('last') ?? USUAL_PAGE));
  if (field.args.some(({ name }) => name === 'bins')) return Math.max(1, asked('bins') ?? 1);
  if (field.name === 'clusters') return MARKS;
  // The length of these was asked for around them.
  if (['nodes', 'edges', 'bins'].includes(field.name)) return 1;
  return isList(field.type) ? USUAL_LENGTH : 1;
}

const isList = (type: GraphQLOutputType): boolean => isListType(isNonNullType(type) ? type.ofType : type);

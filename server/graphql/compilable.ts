import {
  BREAK,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isSpecifiedScalarType,
  Kind,
  parse,
  parseType,
  print,
  separateOperations,
  typeFromAST,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
} from 'graphql';

/** An operation as it may be compiled. */
export interface Compilable {
  /** It alone with its fragments; its strings and the defaults of its variables are gone. */
  document: DocumentNode;
  /** The strings that stood in it, by the variables that stand there now. */
  strings: Record<string, string>;
  /** Variables inside a list or an object: graphql-jit takes a missing one for null, so they must have a value. */
  nested: string[];
}

/**
 * How much is compiled: the depths of all fields, together, for the code has the path of each. Fragments count where they
 * are used: they can double at every level. The web's largest query has 351, and 1,000 take at most 20 ms to compile.
 */
const MOST_STEPS = 1000;

/**
 * What of a valid document may be compiled to run one of its operations; null for what graphql-jit 0.8 does otherwise
 * than graphql, and for too much of it:
 * - directives: of a fragment that is used twice, the conditions of one use hold for the other;
 * - fields of an abstract type: when resolving the type fails, the answer never comes and the process may end;
 * - scalars of our own and enums with inner values, in variables: these are coerced before, and would be twice;
 * - the name __proto__: answers are built as object literals.
 *
 * A caller's string must never be compiled: graphql-jit writes the strings of an operation into code, and one that
 * imitates its marks for dates gets out of the quotes and runs. They are made variables.
 */
export function compilable(
  schema: GraphQLSchema,
  whole: DocumentNode,
  operation: OperationDefinitionNode,
): Compilable | null {
  const own = separateOperations(whole)[operation.name?.value ?? ''];
  if (own === undefined || steps(own) > MOST_STEPS) return null;
  const variables = operation.variableDefinitions ?? [];
  const isPlain = variables.every(({ type }) => {
    const of = typeFromAST(schema, type);
    return of !== undefined && isPlainInput(of as GraphQLInputType);
  });
  if (!isPlain) return null;

  const taken = new Set(variables.map(({ variable }) => variable.name.value));
  const added: VariableDefinitionNode[] = [];
  const strings: Compilable['strings'] = {};
  const nested = new Set<string>();
  let isRefused = false;
  const refuse = (): typeof BREAK => {
    isRefused = true;
    return BREAK;
  };
  const types = new TypeInfo(schema);
  const withoutStrings: DocumentNode = visit(
    own,
    visitWithTypeInfo(types, {
      Directive: refuse,
      Name: ({ value }) => (value === '__proto__' ? refuse() : undefined),
      Field: () => {
        const type = types.getType();
        return !type || isAbstractType(getNamedType(type)) ? refuse() : undefined;
      },
      // Graphql itself puts the defaults in, before.
      VariableDefinition: { enter: (node) => ({ ...node, defaultValue: undefined }) },
      Variable: (node, _, parent) => {
        const isInside = parent && (!('kind' in parent) || parent.kind === Kind.OBJECT_FIELD);
        if (isInside) nested.add(node.name.value);
      },
      StringValue: ({ value }) => {
        const type = types.getInputType();
        if (!type || !isPlainInput(type)) return refuse();
        let name = `string${added.length}`;
        while (taken.has(name)) name += '_';
        taken.add(name);
        strings[name] = value;
        const variable = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } as const;
        added.push({ kind: Kind.VARIABLE_DEFINITION, variable, type: parseType(String(type)) });
        return variable;
      },
    }),
  );
  if (isRefused) return null;
  const withVariables = visit(withoutStrings, {
    OperationDefinition: (node) => ({
      ...node,
      variableDefinitions: [...(node.variableDefinitions ?? []), ...added],
    }),
  });
  // A copy: graphql-jit leaves notes in the nodes that it reads, and these are others' too.
  return { document: parse(print(withVariables), { noLocation: true }), strings, nested: [...nested] };
}

/** The depths of all the fields of an operation, together, when its fragments are written out. */
function steps(document: DocumentNode): number {
  const fragments = new Map<string, SelectionSetNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each.selectionSet);
  const measured = new Map<SelectionSetNode, { fields: number; depths: number }>();
  const measure = (set: SelectionSetNode | undefined): { fields: number; depths: number } => {
    const sum = (set && measured.get(set)) ?? { fields: 0, depths: 0 };
    if (set === undefined || measured.has(set)) return sum;
    for (const each of set.selections) {
      const isSpread = each.kind === Kind.FRAGMENT_SPREAD;
      const inner = measure(isSpread ? fragments.get(each.name.value) : each.selectionSet);
      const isField = each.kind === Kind.FIELD;
      sum.fields += inner.fields + (isField ? 1 : 0);
      sum.depths += inner.depths + (isField ? 1 + inner.fields : 0);
    }
    measured.set(set, sum);
    return sum;
  };
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  return measure(operation?.selectionSet).depths;
}

/** Whether coercing a value of the type that is already coerced leaves it as it is. */
function isPlainInput(type: GraphQLInputType, inside = new Set<unknown>()): boolean {
  const named = getNamedType(type);
  if (inside.has(named)) return true;
  inside.add(named);
  if (isEnumType(named)) return named.getValues().every(({ name, value }) => name === value);
  if (isInputObjectType(named))
    return Object.values(named.getFields()).every((field) => isPlainInput(field.type, inside));
  return isSpecifiedScalarType(named);
}

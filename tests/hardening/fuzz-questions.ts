import * as fc from 'fast-check';
import { buildSchema, isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType } from 'graphql';
import { getNamedType, isInterfaceType, isLeafType, isRequiredArgument } from 'graphql';
import type { GraphQLField, GraphQLInputType, GraphQLOutputType } from 'graphql';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const SCHEMA = buildSchema(readFileSync(resolve(import.meta.dirname, '../../schema.graphql'), 'utf8'));

/** Values that mean something somewhere, and some that come close. */
const TEXTS = [
  ...[
    '',
    ' ',
    'aleppo',
    'geneva',
    'lausanne-meeting-2016-10-15',
    'iran',
    'talks',
    'en',
    'ar',
    'xx',
    'WHEN_ASC',
  ],
  ...[
    '2016-10',
    '2016-10-13',
    '2016-10-13T10:30Z',
    '2016-13',
    '-271821-04-20',
    '275760-09-13',
    '2016/2017',
    '..',
  ],
  ...[
    'ceasefire',
    '"',
    "' OR 1=1 --",
    '%',
    '*',
    'NEAR(a b)',
    'title:a',
    'دير الزور',
    'a '.repeat(200),
    '\0',
    '\uD800',
  ],
  ...[
    '__proto__',
    'constructor',
    'YXJyYXljb25uZWN0aW9uOjA=',
    'eyJhIjoxfQ==',
    'WzBd',
    '[]',
    'null',
    '9'.repeat(40),
  ],
];

const NUMBERS = [
  0,
  1,
  -1,
  2,
  10,
  500,
  501,
  1e6,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  2 ** 53,
  1e308,
  0.5,
  90,
  -90,
  180,
];

/** Of any kind, whatever is asked for. */
const anything = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom(null, true, 'x', 1.5, [], {}, [[]], { __proto__: null }),
    fc.jsonValue({ maxDepth: 2 }),
  );

/** A value of a type as JSON, now and then one that is of another. */
function valuesOf(type: GraphQLInputType): fc.Arbitrary<unknown> {
  const right = rightValuesOf(type);
  return fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: anything() });
}

function rightValuesOf(type: GraphQLInputType): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return rightValuesOf(type.ofType);
  if (isListType(type)) {
    const each = valuesOf(type.ofType);
    // Boxes are four numbers.
    return fc.oneof(fc.array(each, { maxLength: 3 }), fc.array(each, { minLength: 4, maxLength: 4 }));
  }
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map(
      (field) => [field.name, valuesOf(field.type)] as const,
    );
    // Some fields at a time: all of them together select nothing.
    return fc
      .tuple(
        fc.record(Object.fromEntries(fields)),
        fc.subarray(
          fields.map(([name]) => name),
          { maxLength: Math.min(3, fields.length) },
        ),
      )
      .map(([all, names]) => Object.fromEntries(names.map((name) => [name, all[name]])));
  }
  const scalars: Record<string, fc.Arbitrary<unknown>> = {
    Int: fc.oneof(fc.nat(20), fc.constantFrom(...NUMBERS)),
    Float: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(...NUMBERS)),
    Boolean: fc.boolean(),
  };
  return scalars[type.name] ?? fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'grapheme' }));
}

/** A field of a query with its selection, and the variables that its arguments take. */
interface Asked {
  text: string;
  variables: { type: string; value: unknown }[];
}

/** Stands for a variable until all are counted. */
const VARIABLE = '\u0001';

/** A field with some of its arguments, and some of what lies below it. */
function fieldsOf(field: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<Asked> {
  const args = field.args.map((arg) =>
    fc
      .tuple(valuesOf(arg.type), fc.boolean())
      .map(([value, isGiven]) =>
        isGiven || isRequiredArgument(arg) ? { name: arg.name, type: String(arg.type), value } : null,
      ),
  );
  return fc.tuple(fc.tuple(...args), selectionsOf(field.type, depth)).map(([maybe, below]) => {
    const given = maybe.filter((each) => each !== null);
    const list = given.map(({ name }) => `${name}: ${VARIABLE}`).join(', ');
    return {
      text: `${field.name}${list && `(${list})`} ${below.text}`,
      variables: [...given.map(({ type, value }) => ({ type, value })), ...below.variables],
    };
  });
}

function selectionsOf(output: GraphQLOutputType, depth: number): fc.Arbitrary<Asked> {
  const type = getNamedType(output);
  if (isLeafType(type)) return fc.constant({ text: '', variables: [] });
  if (!isObjectType(type) && !isInterfaceType(type))
    return fc.constant({ text: '{ __typename }', variables: [] });
  const fields = Object.values(type.getFields());
  const leaves = fields.filter(({ type: of, args }) => isLeafType(getNamedType(of)) && args.length === 0);
  const others = fields.filter((field) => !leaves.includes(field));
  const below =
    depth === 0 || others.length === 0
      ? fc.constant<Asked[]>([])
      : fc
          .subarray(others, { maxLength: Math.min(2, others.length) })
          .chain((chosen) => fc.tuple(...chosen.map((field) => fieldsOf(field, depth - 1))));
  return below.map((asked) => ({
    text: `{ __typename ${leaves.map(({ name }) => name).join(' ')} ${asked.map(({ text }) => text).join(' ')} }`,
    variables: asked.flatMap(({ variables }) => variables),
  }));
}

/** Bodies of requests: a query of one root field, with all its arguments as variables. */
export const questions = (): fc.Arbitrary<{ query: string; variables: Record<string, unknown> }> => {
  const roots = Object.values(SCHEMA.getQueryType()?.getFields() ?? {});
  return fc.oneof(...roots.map((field) => fieldsOf(field, 3))).map(({ text, variables }) => {
    const names = variables.map((_, at) => `$v${at}`);
    const declared = variables.map(({ type }, at) => `${names[at]}: ${type}`).join(', ');
    let next = 0;
    const body = text.replaceAll(VARIABLE, () => names[next++] ?? '');
    return {
      query: `query${declared && `(${declared})`} { ${body} }`,
      variables: Object.fromEntries(variables.map(({ value }, at) => [`v${at}`, value])),
    };
  });
};

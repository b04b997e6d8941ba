import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Chance } from './random.ts';

/** What strings and ids in random queries are, some good and some bad. */
const TEXTS = ['aleppo', 'geneva', 'call', 'iran', '2016', '2016-10', 'ar', 'nothing', '', '"\\\n\u2028حلب'];
const NUMBERS = [0, 1, 2, 5, 40, -1, 24.5];

/** A valid query over a schema of objects, and its variables. Its values may be out of range. */
export class RandomQuery {
  readonly variables: Record<string, unknown> = {};
  readonly text: string;
  readonly #chance: Chance;
  readonly #declared: string[] = [];
  readonly #fragments: string[] = [];
  #names = 0;

  constructor(schema: GraphQLSchema, chance: Chance) {
    this.#chance = chance;
    const fields = this.#selection(schema.getQueryType() as GraphQLObjectType, 4);
    const declared = this.#declared.length > 0 ? `(${this.#declared.join(', ')})` : '';
    this.text = [`query Random${declared} ${fields}`, ...this.#fragments].join('\n');
  }

  #selection(type: GraphQLObjectType, depth: number): string {
    const chance = this.#chance;
    const all = Object.values(type.getFields()).filter((field) => {
      const of = getNamedType(field.type);
      return isLeafType(of) || (depth > 0 && of.name !== 'Node');
    });
    const chosen = chance.some(all, chance.whole(1, 4)).map((field) => {
      const of = getNamedType(field.type);
      const args = field.args.filter((arg) => isNonNullType(arg.type) || chance.is(0.4));
      const alias = args.length > 0 || chance.is(0.2) ? `${this.#name('a')}: ` : '';
      const given = args.length > 0 ? `(${args.map((arg) => this.#argument(arg)).join(', ')})` : '';
      return `${alias}${field.name}${given}${isLeafType(of) ? '' : ` ${this.#selection(of as GraphQLObjectType, depth - 1)}`}`;
    });
    if (chance.is(0.2)) chosen.push('__typename');
    if (chance.is(0.15)) chosen.push(`... on ${type.name} { __typename }`);
    const set = `{ ${chosen.join(' ')} }`;
    if (!chance.is(0.2)) return set;
    const name = this.#name('F');
    this.#fragments.push(`fragment ${name} on ${type.name} ${set}`);
    return chance.is(0.5) ? `{ ...${name} }` : `{ ...${name} ...${name} __typename }`;
  }

  #argument({ name, type }: GraphQLArgument): string {
    return `${name}: ${this.#chance.is(0.5) ? this.#variable(type) : this.#literal(this.#value(type), type, true)}`;
  }

  /** A variable with a value, or with a default, or with neither where none is needed. */
  #variable(type: GraphQLInputType): string {
    const name = this.#name('v');
    const way = this.#chance.whole(0, isNonNullType(type) ? 1 : 2);
    const value = this.#value(type);
    const preset = way === 1 ? ` = ${this.#literal(value, type, false)}` : '';
    this.#declared.push(`$${name}: ${String(type)}${preset}`);
    if (way === 0) this.variables[name] = value;
    return `$${name}`;
  }

  /** A value as JSON has it. */
  #value(type: GraphQLInputType): unknown {
    const chance = this.#chance;
    if (!isNonNullType(type) && chance.is(0.1)) return null;
    const inner = getNullableType(type);
    if (isListType(inner)) return Array.from({ length: chance.whole(0, 4) }, () => this.#value(inner.ofType));
    if (isEnumType(inner)) return chance.one(inner.getValues()).name;
    if (isInputObjectType(inner)) {
      const fields = Object.values(inner.getFields()).filter(
        (field) => isNonNullType(field.type) || chance.is(0.2),
      );
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type)]));
    }
    if (String(inner) === 'Float') return chance.one(NUMBERS);
    if (String(inner) === 'Int') return Math.trunc(chance.one(NUMBERS));
    if (String(inner) === 'Boolean') return chance.is(0.5);
    return chance.one(TEXTS);
  }

  /** The value as GraphQL writes it; where it may vary, with variables in it. */
  #literal(value: unknown, type: GraphQLInputType, mayVary: boolean): string {
    const part = (each: unknown, of: GraphQLInputType): string =>
      mayVary && this.#chance.is(0.2) ? this.#variable(of) : this.#literal(each, of, mayVary);
    const inner = getNullableType(type);
    if (Array.isArray(value) && isListType(inner))
      return `[${value.map((each) => part(each, inner.ofType)).join(', ')}]`;
    if (value !== null && isInputObjectType(inner)) {
      const fields = inner.getFields();
      const given = Object.entries(value as object).map(([name, each]) => {
        const field = fields[name];
        return field ? `${name}: ${part(each, field.type)}` : '';
      });
      return `{${given.join(', ')}}`;
    }
    return isEnumType(inner) ? String(value) : JSON.stringify(value);
  }

  #name(of: string): string {
    this.#names += 1;
    return `${of}${this.#names}`;
  }
}

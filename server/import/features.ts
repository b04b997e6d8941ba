import { InputError } from '../input-error.ts';

/** One feature's text as it stands in its file. */
export interface FeatureText {
  /** On which line it begins. */
  line: number;
  /** Its place among the features, from 0. */
  index: number;
  text: string;
  /** How deep its lists and objects are within one another. */
  depth: number;
}

/** A feature, and what stands around the features, may be so long. */
const [MOST_FEATURE, MOST_AROUND] = [64 * 2 ** 20, 2 ** 20];

/**
 * The features of a FeatureCollection, one after the other, so that no more than one is held. What stands around them is read
 * at the end, so that a file that is cut off or is no JSON is refused.
 * @param check looks at the members before the features, and at all of them in the end
 * @throws InputError when it is no FeatureCollection
 */
export async function* featureTexts(
  file: string,
  pieces: AsyncIterable<string>,
  check: (members: Record<string, unknown>) => void,
): AsyncGenerator<FeatureText, void> {
  const refuse = (why: string): InputError =>
    new InputError(`${file} is no GeoJSON: ${why}. Put it right or make it again.`);
  let around = '';
  let [depth, deepest, line, index] = [0, 0, 1, 0];
  let [isString, isEscaped, isWithin, isComma] = [false, false, false, true];
  /** Of the feature that is being read: its text up to this piece, and its first line. */
  let [before, begins] = ['', 1];

  for await (const piece of pieces) {
    // Where the text that is not yet taken begins.
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (code === 10) line++;
      if (isString) {
        if (isEscaped) isEscaped = false;
        else if (code === 92) isEscaped = true;
        else if (code === 34) isString = false;
        continue;
      }
      switch (code) {
        case 34: // "
          isString = true;
          break;
        case 91: // [
        case 123: // {
          if (isWithin && depth === 2) {
            if (!isComma || code !== 123) throw refuse(`line ${line}: its features are no list of objects`);
            isComma = false;
            [before, begins, from, deepest] = ['', line, at, 0];
          }
          depth++;
          deepest = Math.max(deepest, depth - 2);
          if (code === 91 && depth === 2 && /"features"\s*:\s*$/.test(around + piece.slice(from, at))) {
            around += piece.slice(from, at + 1);
            check(parsed(`${around}]}`, refuse));
            [isWithin, isComma, from] = [true, true, at + 1];
          }
          break;
        case 93: // ]
        case 125: // }
          depth--;
          if (depth < 0) throw refuse(`line ${line}: a bracket too many`);
          if (isWithin && depth === 2) {
            yield { line: begins, index: index++, text: before + piece.slice(from, at + 1), depth: deepest };
            [before, from] = ['', at + 1];
          } else if (isWithin && depth === 1) {
            if (isComma && index > 0) throw refuse(`line ${line}: a comma after the last feature`);
            [isWithin, from] = [false, at];
          }
          break;
        case 44: // ,
          if (isWithin && depth === 2) {
            if (isComma) throw refuse(`line ${line}: a comma without a feature before it`);
            [isComma, from] = [true, at + 1];
          }
          break;
        default:
          if (isWithin && depth === 2 && code > 32)
            throw refuse(`line ${line}: its features are no list of objects`);
      }
      if (isWithin && isComma && depth === 2 && index === 0 && code <= 32) from = at + 1;
    }
    if (isWithin) {
      if (depth > 2) before += piece.slice(from);
      if (before.length > MOST_FEATURE) throw refuse(`line ${begins}: a feature of more than 64 MB`);
    } else around += piece.slice(from);
    if (around.length > MOST_AROUND) throw refuse('it has no list of features, or too much beside it');
  }
  check(parsed(around, refuse));
}

function parsed(text: string, refuse: (why: string) => InputError): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw refuse((error as Error).message);
  }
}

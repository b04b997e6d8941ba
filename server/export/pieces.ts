/** In characters: a longer text takes several times as long to be made into bytes, for it no longer fits the processor's cache. */
const LENGTH = 32 * 1024;

/** Many short texts as fewer and longer ones, each about as long as can be written at once. */
export function* inPieces(texts: Iterable<string>): Generator<string, void> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < LENGTH) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

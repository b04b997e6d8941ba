/** So many values are remembered; then all are forgotten. */
const MOST = 10_000;

/** The same function, which remembers what it has made: of days and the like, the same come again and again. */
export function remembered<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    if (made.size >= MOST) made.clear();
    made.set(key, value);
    return value;
  };
}

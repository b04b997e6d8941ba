/**
 * Which keys some ids have, for as many ids as come, in about 13 bytes each: only a hash of an id is kept, and the id is read by
 * its key where the hash is found, so what it says is exact.
 */
export class IdTable {
  readonly #read: (key: number) => string | undefined;
  /** Open addressing with linear probing; a key of 0 is an empty slot. */
  #hashes = new Uint32Array(1 << 12);
  #keys = new Uint32Array(1 << 12);
  #size = 0;

  /** @param read gives the id of a key */
  constructor(read: (key: number) => string | undefined) {
    this.#read = read;
  }

  /** The key of an id. */
  get(id: string): number | undefined {
    const hash = hashOf(id);
    const mask = this.#keys.length - 1;
    for (let slot = hash & mask; this.#keys[slot] !== 0; slot = (slot + 1) & mask) {
      const key = this.#keys[slot] as number;
      if (this.#hashes[slot] === hash && this.#read(key) === id) return key;
    }
    return undefined;
  }

  /** Adds an id that is not there. @param key a whole number from 1 */
  add(id: string, key: number): void {
    if (++this.#size * 3 > this.#keys.length * 2) this.#grow();
    this.#put(hashOf(id), key);
  }

  #put(hash: number, key: number): void {
    const mask = this.#keys.length - 1;
    let slot = hash & mask;
    while (this.#keys[slot] !== 0) slot = (slot + 1) & mask;
    this.#hashes[slot] = hash;
    this.#keys[slot] = key;
  }

  #grow(): void {
    const [hashes, keys] = [this.#hashes, this.#keys];
    this.#hashes = new Uint32Array(keys.length * 2);
    this.#keys = new Uint32Array(keys.length * 2);
    for (let slot = 0; slot < keys.length; slot++)
      if (keys[slot] !== 0) this.#put(hashes[slot] as number, keys[slot] as number);
  }
}

/** FNV-1a over the units of a text, and the last mixing of MurmurHash3, since ids often differ in their last letter alone. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

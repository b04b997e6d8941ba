/** The store cannot answer now, and may later: its server is away, busy or too slow. The message says no secrets. */
export class StoreUnavailable extends Error {}

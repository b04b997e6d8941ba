export type DeskRefusalCode = 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND' | 'CONFLICT' | 'KEY_TAKEN';

/** What a desk does not do, told to who asked for it. */
export class DeskRefusal extends Error {
  override name = 'DeskRefusal';
  readonly code: DeskRefusalCode;
  /** What else the caller is told, such as what is there instead. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: DeskRefusalCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

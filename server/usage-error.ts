import { InputError } from './input-error.ts';

/** A command that is none, or lacks something: the process ends with 2. */
export class UsageError extends InputError {}

/**
 * The caller's fault: its message names the value and the remedy, and is shown to the caller as it stands. Every other
 * error is ours: logged with an id, never shown.
 */
export class InputError extends Error {
  override name = 'InputError';
}

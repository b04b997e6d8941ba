/** What hands do over an element: places in pixels from the inline start of another, the ruler. */
export interface Hand {
  /** Pressed. */
  take(x: number): void;
  /** Moved while pressed. */
  move(x: number): void;
  /** Let go after having been moved. */
  drop(): void;
  /** Pressed and let go in one place. */
  tap(x: number): void;
  /** Twice in one place. */
  tapTwice(): void;
  /** Pressed no longer by one finger, or taken away by the system: what it did is undone. */
  cancel(): void;
  /** Over the element without being pressed; null when it leaves. */
  hover(x: number | null): void;
  /** Two fingers or a wheel: so many times as much in the same room, around a place; then moved by so many pixels. */
  zoom(factor: number, x: number, by: number): void;
}

/** In pixels; a finger does not stay where it is. */
const TAP = 4;

/** Reads pointers and the wheel over an element. Gives what stops it. */
export function follow(element: HTMLElement, ruler: HTMLElement, hand: Hand): () => void {
  const pointers = new Map<number, number>();
  let start: number | null = null;
  let isTap = false;
  let box = new DOMRect();
  let isMirrored = false;

  const measure = (): void => {
    box = ruler.getBoundingClientRect();
    isMirrored = getComputedStyle(ruler).direction === 'rtl';
  };
  const xOf = ({ clientX }: MouseEvent): number => (isMirrored ? box.right - clientX : clientX - box.left);
  const pinch = (): { x: number; width: number } => {
    const [one = 0, other = 0] = pointers.values();
    return { x: (one + other) / 2, width: Math.max(20, Math.abs(one - other)) };
  };

  const listeners: { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void } = {
    pointerdown(event) {
      if (event.button !== 0 || pointers.size === 2) return;
      measure();
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, xOf(event));
      if (pointers.size === 1) {
        start = xOf(event);
        isTap = true;
        hand.take(start);
      } else if (start !== null) {
        start = null;
        hand.cancel();
      }
    },
    pointermove(event) {
      if (!pointers.has(event.pointerId)) {
        if (event.pointerType !== 'mouse' || event.buttons > 0) return;
        if (!box.width) measure();
        hand.hover(xOf(event));
        return;
      }
      const before = pinch();
      pointers.set(event.pointerId, xOf(event));
      if (pointers.size === 2) {
        const after = pinch();
        hand.zoom(before.width / after.width, before.x, before.x - after.x);
      } else if (start !== null) {
        isTap &&= Math.abs(xOf(event) - start) <= TAP;
        if (!isTap) hand.move(xOf(event));
      }
    },
    pointerup(event) {
      if (pointers.delete(event.pointerId) && start !== null) {
        if (isTap) hand.tap(start);
        else hand.drop();
        start = null;
      }
    },
    pointercancel(event) {
      if (pointers.delete(event.pointerId) && start !== null) {
        start = null;
        hand.cancel();
      }
    },
    dblclick: () => hand.tapTwice(),
    pointerenter: measure,
    pointerleave: () => hand.hover(null),
    wheel(event) {
      event.preventDefault();
      measure();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 20;
      const across = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      const by = lines * (across ? event.deltaX || event.deltaY : event.deltaY);
      if (across) hand.zoom(1, 0, isMirrored ? -by : by);
      else hand.zoom(2 ** (Math.max(-200, Math.min(200, by)) / 200), xOf(event), 0);
    },
  };
  for (const [name, listener] of Object.entries(listeners))
    element.addEventListener(name, listener as EventListener, { passive: false });
  return () => {
    for (const [name, listener] of Object.entries(listeners))
      element.removeEventListener(name, listener as EventListener);
  };
}

/** What a hand takes hold of. */
export type Part = 'from' | 'to' | 'window' | 'outside';

/** How far from a handle it can be taken, in all: as far as a finger needs. */
const GRIP = 44;

/**
 * What lies under a hand. Handles are taken from outside the window rather than from inside it, where the middle third is
 * always the window's own.
 * @param from where the window begins, in pixels
 * @param to where it ends
 */
export function partAt(x: number, from: number, to: number): Part {
  const inside = Math.min(GRIP / 2, (to - from) / 3);
  const outside = GRIP - inside;
  const [toStart, toEnd] = [Math.abs(x - from), Math.abs(x - to)];
  if (x > from - outside && x < from + inside && toStart <= toEnd) return 'from';
  if (x > to - inside && x < to + outside) return 'to';
  return x > from && x < to ? 'window' : 'outside';
}

/** The colour of a category as CSS: the atlas's own on paper, the same hue but lighter in the dark. */
export const shade = (hex: string | undefined): string =>
  /^#[0-9a-f]{6}$/i.test(hex ?? '')
    ? `oklch(from ${hex} calc(var(--category-lift) + l * var(--category-span)) calc(c * 0.9) h)`
    : 'var(--ink-soft)';

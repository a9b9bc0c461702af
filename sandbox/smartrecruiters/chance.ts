import { createHash } from 'node:crypto';

/** Numbers that follow from a seed alone. */
export interface Chance {
  /** From 0 up to 1, without 1. */
  share(): number;
  between(min: number, max: number): number;
  /** From 0 up to `count` - 1. */
  below(count: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** Mulberry32: small, fast, and good enough for choosing; not for secrets. */
export function seededChance(seed: string): Chance {
  let state = createHash('sha256').update(seed).digest().readUInt32BE();
  function share(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (count: number): number => Math.floor(share() * count);
  return {
    share,
    between: (min, max) => min + share() * (max - min),
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('Nothing to choose from');
      return item;
    },
  };
}

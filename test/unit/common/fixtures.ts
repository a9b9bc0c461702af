import { randomBytes } from 'node:crypto';
import type { KeyRing } from '../../../common/config.js';

/** A ring of fresh random keys; the first id is the current one. */
export const keyRingOf = (...ids: [string, ...string[]]): KeyRing => {
  const all = new Map(ids.map((id) => [id, randomBytes(32)]));
  return { current: { id: ids[0], key: all.get(ids[0]) ?? randomBytes(32) }, all };
};

/** The ring after `id` was put first: older keys still open. */
export const rotated = (ring: KeyRing, id: string): KeyRing => {
  const key = randomBytes(32);
  return { current: { id, key }, all: new Map([[id, key], ...ring.all]) };
};

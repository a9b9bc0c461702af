import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 64 hex characters that stand for the parts under one purpose; not reversible without the key. */
export type KeyedHash = (purpose: string, ...parts: readonly string[]) => string;

/**
 * HMAC-SHA256 over the purpose and the parts.
 *
 * Each part goes in with its length, so `('a', 'bc')` and `('ab', 'c')` differ, and the purpose is
 * one of them, so that the same address hashed for two purposes cannot be linked.
 */
export const createKeyedHash =
  ({ key }: { key: Buffer }): KeyedHash =>
  (purpose, ...parts) => {
    const hmac = createHmac('sha256', key);
    for (const part of [purpose, ...parts]) {
      const bytes = Buffer.from(part, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hmac.update(length).update(bytes);
    }
    return hmac.digest('hex');
  };

const comparisonKey = randomBytes(32);

/** Compares two secrets in a time that tells neither where they differ nor how long they are. */
export const secretsEqual = (a: string, b: string): boolean => {
  const digest = (value: string) => createHmac('sha256', comparisonKey).update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
};

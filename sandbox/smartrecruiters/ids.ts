import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** Where new ids come from: chance, or a seed that always gives the same row of ids. */
export interface Ids {
  /** Companies, jobs, candidates, applications, interviews, timeslots. */
  uuid(): string;
  /** User ids are 24 hex characters, not UUIDs. */
  userId(): string;
  secret(): string;
}

export const randomIds: Ids = {
  uuid: randomUUID,
  userId: () => randomBytes(12).toString('hex'),
  secret: () => randomBytes(24).toString('base64url'),
};

/** Ids by counting and hashing: stable across machines and versions of Node. */
export function seededIds(seed: string): Ids {
  let count = 0;
  function hex(length: number): string {
    count += 1;
    return createHash('sha256').update(`${seed} ${count}`).digest('hex').slice(0, length);
  }
  return {
    uuid() {
      const digits = hex(32);
      return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `4${digits.slice(13, 16)}`,
        `a${digits.slice(17, 20)}`,
        digits.slice(20),
      ].join('-');
    },
    userId: () => hex(24),
    secret: () => hex(48),
  };
}

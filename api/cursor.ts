import { z } from 'zod';
import type { After } from './queries/read-model.js';

const shape = z.tuple([z.union([z.string().max(2_000), z.number()]), z.string().max(1_000)]);

/** An opaque cursor: the sort key of the last item of a page. */
export function encodeCursor(after: After | null): string | null {
  return after === null
    ? null
    : Buffer.from(JSON.stringify([after.sort, after.id])).toString('base64url');
}

/** null when it is not one of ours, or one of a list that is sorted by something else. */
export function decodeCursor(input: { cursor: string; sort: 'string' | 'number' }): After | null {
  try {
    const text = Buffer.from(input.cursor, 'base64url').toString('utf8');
    const [sort, id] = shape.parse(JSON.parse(text));
    return typeof sort === input.sort ? { sort, id } : null;
  } catch {
    return null;
  }
}

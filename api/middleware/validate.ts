import type { z } from 'zod';
import { type Fault, Problem, type ProblemCode } from '../errors.js';

/**
 * Parses one part of a request, or throws a `Problem` that names each fault. The messages are
 * zod's own about types and limits; none of them repeats a value.
 */
export function parsePart<S extends z.ZodType>(input: {
  schema: S;
  value: unknown;
  code: Extract<ProblemCode, 'invalid_body' | 'invalid_query' | 'invalid_header' | 'not_found'>;
}): z.output<S> {
  const parsed = input.schema.safeParse(input.value);
  if (parsed.success) return parsed.data;
  if (input.code === 'not_found') throw new Problem({ code: 'not_found' });
  throw new Problem({ code: input.code, errors: parsed.error.issues.flatMap(faultsOf) });
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...issue.path, key]),
      detail: 'There is no such field.',
    }));
  }
  return [{ pointer: pointerOf(issue.path), detail: issue.message }];
}

/** RFC 6901; keys that a caller made up are cut, so that an answer cannot be made to grow. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

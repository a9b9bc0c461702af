import { z } from 'zod';

export const epochMs = z.int().meta({ description: 'Milliseconds since 1970-01-01T00:00Z.' });

export const version = z.int().meta({ description: 'Goes into `If-Match`.' });

export const stopReason = z
  .enum(['request_of_unknown_fate', 'leaving', 'provider_unreachable'])
  .meta({ id: 'StopReason' });

export const stopping = z
  .object({ interviewId: z.string(), since: epochMs, reason: stopReason })
  .meta({ id: 'Stopping', description: 'A notetaker that was told to go and is not gone yet.' });

/** One page of a list, as of a time. */
export function pageOf<S extends z.ZodType>(item: S, id: string) {
  return z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable(),
      asOf: epochMs.nullable(),
    })
    .meta({ id });
}

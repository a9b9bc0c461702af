import { z } from 'zod';
import { type SmartRecruitersEndpoint, SmartRecruitersError } from './errors.js';

/**
 * Parts of the schemas. The vendor's shapes as the versions of 2021, 2023 and 2026 have them (dossier section 4): more
 * fields than we know are welcome, null and absent are the same, and only what we use must be right.
 */

const idPattern = /^(?!\.{1,2}$)[\w.~-]{1,128}$/;

/** Ids are UUIDs or 24 hex digits today; anything that is safe in a path is taken. */
export function isVendorId(value: string): boolean {
  return idPattern.test(value);
}

export const id = z.string().regex(idPattern);
export const word = z.string().min(1).max(200);
export const optionalText = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => (value === null || value === undefined || value === '' ? null : value));
export const optionalWord = optionalText.transform((value) => value?.slice(0, 200) ?? null);
/** The vendor does not check addresses (dossier 4.11); one that is too long to be one is dropped. */
export const optionalEmail = optionalText.transform((value) =>
  value !== null && value.length <= 320 ? value.trim() : null,
);
export const optionalId = id
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
export const optionalFlag = z
  .boolean()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)$/i;

/** Epoch ms of an ISO 8601 time with `Z` or an offset; null for a time that leaves its zone open. */
export function instantOf(text: string): number | null {
  if (!zoned.test(text)) return null;
  const normal = text
    .replace(',', '.')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
    .replace(/([+-]\d\d)$/, '$1:00');
  const at = Date.parse(normal);
  return Number.isNaN(at) ? null : at;
}

export const optionalInstant = optionalText.transform((text) =>
  text === null ? null : instantOf(text),
);

export const envelope = z.object({
  content: z.array(z.unknown()),
  nextPageId: z
    .string()
    .nullish()
    .transform((value) => (value == null || value === '' ? null : value)),
  totalFound: z.number().int().nonnegative().nullish().catch(null),
});

export function contractError(endpoint: SmartRecruitersEndpoint): SmartRecruitersError {
  return new SmartRecruitersError({ kind: 'contract', endpoint, reason: 'unknown_shape' });
}

/** One object, or a `contract` error that does not repeat what it held. */
export function read<Result>(
  endpoint: SmartRecruitersEndpoint,
  schema: z.ZodType<Result>,
  body: unknown,
): Result {
  const result = schema.safeParse(body);
  if (!result.success) throw contractError(endpoint);
  return result.data;
}

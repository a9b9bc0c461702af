import { createHash, randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import type { CommandHeaders } from '../route.js';
import { parsePart } from './validate.js';

const version = /^(?:W\/)?"?(\d{1,15})"?$/;

/** Headers of every command; the document shows them too. */
export const commandHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
    .optional()
    .meta({
      description:
        'Repeats of a command with the same key have one effect; outcomes are kept 24 hours.',
    }),
  'if-match': z
    .string()
    .refine((value) => value === '*' || version.test(value), 'must be a version or *')
    .optional()
    .meta({ description: 'The version of the resource that the change was made for.' }),
});

export function readCommandHeaders({ req }: { req: Request }): CommandHeaders {
  const headers = parsePart({
    schema: commandHeaders,
    value: {
      'idempotency-key': req.get('idempotency-key'),
      'if-match': req.get('if-match'),
    },
    code: 'invalid_header',
  });
  const digits = version.exec(headers['if-match'] ?? '')?.[1];
  return {
    idempotencyKey: headers['idempotency-key'] ?? null,
    ifVersion: digits === undefined ? null : Number(digits),
  };
}

/** The update id of a command: the same for every repeat with one key, else new. */
export function commandIdOf(input: {
  method: string;
  path: string;
  idempotencyKey: string | null;
}): string {
  if (input.idempotencyKey === null) return randomUUID();
  const text = JSON.stringify([input.method, input.path, input.idempotencyKey]);
  return createHash('sha256').update(text).digest('base64url');
}

import { z } from 'zod';
import { ProblemError } from './problem.js';
import type { CreateBody, MoveBody } from './types.js';

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const meetingUrl = z.url({ protocol: /^https?$/ }).max(2000);
const seconds = (value: number) => z.int().min(1).max(86_400).default(value);

const createBody = z
  .strictObject({
    key: z.string().min(1).max(500),
    meetingUrl,
    joinAt: time,
    leaveAt: time.optional().transform((value) => value ?? null),
    botName: z.string().min(1).max(100),
    metadata: z
      .record(z.string().min(1).max(64), z.string().max(500))
      .refine((entries) => Object.keys(entries).length <= 30, 'at most 30 entries'),
    recording: z.strictObject({ record: z.boolean(), transcribe: z.boolean() }),
    automaticLeave: z
      .strictObject({
        waitingRoomSeconds: seconds(1200),
        noOneJoinedSeconds: seconds(1200),
        everyoneLeftSeconds: seconds(120),
        meetingNotStartedSeconds: seconds(1200),
      })
      .prefault({}),
  })
  .refine((body) => body.leaveAt === null || body.leaveAt > body.joinAt, {
    path: ['leaveAt'],
    message: 'must be after joinAt',
  });

const moveBody = z
  .strictObject({
    joinAt: time.optional(),
    meetingUrl: meetingUrl.optional(),
    leaveAt: time.nullable().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'nothing to change');

const listQuery = z
  .strictObject({
    key: z.string().min(1).max(500).optional(),
    keyPrefix: z.string().min(1).max(500).optional(),
    active: z
      .enum(['true', 'false'])
      .optional()
      .transform((value) => (value === undefined ? null : value === 'true')),
    limit: z.coerce.number().int().min(1).max(100).default(50),
    cursor: z.string().optional(),
  })
  .refine((query) => query.key === undefined || query.keyPrefix === undefined, {
    path: ['keyPrefix'],
    message: 'key and keyPrefix exclude each other',
  });

export type ListQuery = z.output<typeof listQuery>;

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  throw new ProblemError({
    code: 'invalid_request',
    detail: 'The request does not match the contract.',
    errors: result.error.issues.map((issue) => ({
      pointer: issue.path.map((part) => `/${String(part)}`).join(''),
      detail: issue.message,
    })),
  });
}

/** @throws {ProblemError} `invalid_request`, as do the two below. */
export const parseCreate = (value: unknown): CreateBody => parse(createBody, value);
export const parseMove = (value: unknown): MoveBody => parse(moveBody, value);
export const parseList = (value: unknown): ListQuery => parse(listQuery, value);

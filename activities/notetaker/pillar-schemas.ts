import { z } from 'zod';
import type { BotSnapshot } from './port.js';

/**
 * Answers of Pillar's notetaker as `docs/notetaker-contract.openapi.json` describes them, read
 * tolerantly: fields that are new are ignored, words that are new become the nearest careful one.
 */

const time = z
  .string()
  .nullish()
  .transform((text) => {
    const at = text === null || text === undefined ? Number.NaN : Date.parse(text);
    return Number.isNaN(at) ? null : at;
  });

const state = z
  .enum([
    'scheduled',
    'starting',
    'joining',
    'waiting_room',
    'in_call',
    'recording',
    'leaving',
    'processing',
    'ended',
  ])
  // A state this version does not know must not pass for one in which the bot is gone.
  .catch('joining');

const outcome = z
  .enum([
    'attended_recorded',
    'attended_not_recorded',
    'not_admitted',
    'no_one_joined',
    'meeting_not_started',
    'removed',
    'cancelled',
    'failed',
  ])
  .nullable()
  .catch('failed');

/** What another bot may find otherwise a minute later. */
const mayPass: ReadonlySet<string> = new Set(['bot_crashed', 'host_never_opened']);

const noFacts = {
  joinedAt: null,
  recordingStartedAt: null,
  recordingEndedAt: null,
  endedAt: null,
  removedBy: null,
};

export const botSchema = z
  .object({
    // Goes into a path: only dots would mean another resource.
    id: z.string().regex(/^(?!\.+$).{1,200}$/),
    key: z.string(),
    state,
    outcome: outcome.optional().transform((value) => value ?? null),
    subCode: z.string().nullish().catch(null),
    joinAt: time,
    createdAt: time,
    facts: z
      .object({
        joinedAt: time,
        recordingStartedAt: time,
        recordingEndedAt: time,
        endedAt: time,
        removedBy: z.enum(['api', 'participant']).nullable().catch(null),
      })
      .catch(noFacts),
    metadata: z.record(z.string(), z.string()).catch({}),
    version: z.number().catch(0),
  })
  .transform(
    ({ id, subCode, facts, ...rest }): BotSnapshot => ({
      botId: id,
      reason: subCode ?? null,
      anotherMayHelp: mayPass.has(subCode ?? ''),
      ...rest,
      ...facts,
    }),
  );

export const botListSchema = z.object({
  items: z.array(botSchema),
  nextCursor: z.string().min(1).nullable(),
});

export const problemSchema = z.object({
  status: z.number().int(),
  code: z.string().min(1).max(64),
});

import { z } from 'zod';
import { decisionCodes } from '../../workflows/contracts/decision.js';
import { epochMs } from './common.js';

const load = z.object({
  applications: z.int(),
  interviewsAhead: z.int(),
  neededPerSecond: z.number(),
  budgetPerSecond: z.number(),
  latenessFactor: z.number(),
  stalenessSeconds: z.object({ hot: z.number(), warm: z.number(), cold: z.number() }),
  firstImportSeconds: z.number(),
  recommendation: z.enum(['webhooks']).nullable(),
  explanation: z.string(),
});

export const loadPreview = z.object({ load }).meta({
  id: 'LoadPreview',
  description: 'What the watch would have to read after a change, and how fresh it could be.',
});

const decisionCode = z.enum(decisionCodes);

const changeCount = z.object({
  count: z.int(),
  byCode: z
    .partialRecord(decisionCode, z.int())
    .meta({ description: 'By the code that they would have.' }),
});

export const settingsPreview = z
  .object({
    load,
    interviews: z.object({
      considered: z.int().meta({ description: 'Interviews of the next 30 days.' }),
      isPartial: z.boolean().meta({ description: 'There are more than were looked at.' }),
      noLonger: changeCount.meta({
        description: 'Would be skipped, or wait, and are not or do not now.',
      }),
      newly: changeCount.meta({ description: 'The other way round.' }),
      changed: z
        .array(
          z.object({
            interviewId: z.string(),
            jobId: z.string(),
            startsAt: epochMs,
            before: decisionCode,
            after: decisionCode,
          }),
        )
        .max(100)
        .meta({ description: 'The first of both, by start.' }),
    }),
  })
  .meta({
    id: 'SettingsPreview',
    description: 'What a change of the settings would do; nothing is written.',
  });

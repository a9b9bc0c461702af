import { z } from 'zod';

export const loadPreview = z
  .object({
    load: z.object({
      applications: z.int(),
      interviewsAhead: z.int(),
      neededPerSecond: z.number(),
      budgetPerSecond: z.number(),
      latenessFactor: z.number(),
      stalenessSeconds: z.object({ hot: z.number(), warm: z.number(), cold: z.number() }),
      firstImportSeconds: z.number(),
      recommendation: z.enum(['webhooks']).nullable(),
      explanation: z.string(),
    }),
  })
  .meta({
    id: 'LoadPreview',
    description: 'What the watch would have to read after a change, and how fresh it could be.',
  });

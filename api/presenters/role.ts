import { z } from 'zod';
import type { JobDoc, RoleDoc } from '../../common/read-model/documents.js';
import type { Stopping } from '../../workflows/contracts/installation.js';
import { epochMs, stopping, version } from './common.js';

export const job = z
  .object({
    jobId: z.string(),
    title: z.string(),
    refNumber: z.string().nullable(),
    department: z.string().nullable(),
    location: z.string().nullable(),
    status: z.string(),
    open: z.boolean(),
    lastActivityAt: epochMs.nullable(),
  })
  .meta({ id: 'Job', description: 'A job of SmartRecruiters that can become a role.' });

export function presentJob({ doc }: { doc: JobDoc }): z.output<typeof job> {
  const { jobId, title, refNumber, department, location, status, open, lastActivityAt } = doc;
  return { jobId, title, refNumber, department, location, status, open, lastActivityAt };
}

export const role = z
  .object({
    jobId: z.string(),
    title: z.string(),
    department: z.string().nullable(),
    location: z.string().nullable(),
    enabled: z.boolean(),
    scheduled: z.enum(['include', 'exclude']),
    upcomingInterviews: z.int(),
    stopping: z.array(stopping),
    enabledAt: epochMs.nullable(),
    enabledBy: z.string().nullable(),
    version,
  })
  .meta({ id: 'Role', description: 'A job that Pillar knows, with its toggle.' });

export type RoleShape = z.output<typeof role>;

export function presentRole(input: {
  doc: RoleDoc;
  upcomingInterviews: number;
  /** Newer than what the document says, when a command has just answered. */
  stopping: Stopping[] | null;
}): RoleShape {
  const { jobId, title, department, location, scheduled, enabledAt, enabledBy, version } =
    input.doc;
  return {
    jobId,
    title,
    department,
    location,
    enabled: input.doc.enabled && !input.doc.removed,
    scheduled,
    upcomingInterviews: input.upcomingInterviews,
    stopping: (input.stopping ?? input.doc.stopping).map(({ interviewId, since, reason }) => ({
      interviewId,
      since,
      reason,
    })),
    enabledAt,
    enabledBy,
    version,
  };
}

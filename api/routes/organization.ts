import { z } from 'zod';
import { orgIdPattern } from '../../workflows/contracts/ids.js';
import type { CommandRunner } from '../commands.js';
import type { ApiDeps } from '../deps.js';
import type { ChangeFeed } from '../events.js';
import type { Resources } from '../resources.js';

/** What the routes of an organization share. */
export interface RouteContext {
  deps: ApiDeps;
  resources: Resources;
  runCommand: CommandRunner;
  feed: ChangeFeed;
}

export const base = '/v1/organizations/{orgId}/smartrecruiters';

export const orgParams = z.object({
  orgId: z
    .string()
    .regex(orgIdPattern)
    .meta({ description: 'Of the token; any other is not found.' }),
});

export const vendorId = z.string().min(1).max(200);
export const jobParams = orgParams.extend({ jobId: vendorId });
export const interviewParams = orgParams.extend({ interviewId: vendorId });

export const paging = {
  cursor: z
    .string()
    .max(4_000)
    .optional()
    .meta({ description: '`nextCursor` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};

/** Part of a title, in any case. */
export const search = z.string().trim().max(200).optional();

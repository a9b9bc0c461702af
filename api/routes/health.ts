import { z } from 'zod';
import { epochMs } from '../presenters/common.js';
import { attention, freshness, installationStates } from '../presenters/installation.js';
import { defineRoute, type Route } from '../route.js';
import { base, orgParams, type RouteContext } from './organization.js';

const capturePeriodMs = 30 * 24 * 3_600_000;

const health = z
  .object({
    state: z.enum(installationStates),
    asOf: epochMs,
    freshness,
    budget: z
      .object({ inFlight: z.int(), blockedUntil: epochMs.nullable() })
      .nullable()
      .meta({ description: 'Use of the vendor’s rate limit; null without a credential.' }),
    captures: z
      .object({
        since: epochMs,
        captured: z.int(),
        missed: z.int(),
        rate: z.number().nullable(),
      })
      .meta({ description: 'Sessions of the last 30 days that were captured or missed.' }),
    misses: z.array(z.object({ reason: z.string(), count: z.int() })),
    attentions: z.array(attention),
  })
  .meta({ id: 'Health' });

export function healthRoutes({ deps }: RouteContext): Route[] {
  const { readModel, now } = deps;

  const read = defineRoute({
    method: 'get',
    path: `${base}/health`,
    operationId: 'getHealth',
    summary: 'How fresh, how fast, how complete',
    tag: 'installation',
    permission: 'read',
    params: orgParams,
    answers: { 200: { description: 'As it is now.', schema: health } },
    async handle({ caller }) {
      const { orgId } = caller;
      const at = now();
      const since = at - capturePeriodMs;
      const doc = await readModel.installation({ orgId });
      if (doc === null) return { status: 200, body: notInstalled({ at, since }) };
      const scope = { orgId, generation: doc.generation, now: at };
      const [tiers, captures, budget] = await Promise.all([
        readModel.freshness(scope),
        readModel.captures({ ...scope, since }),
        doc.credentialRef === null
          ? null
          : readModel.budgetUse({ orgId, credentialRef: doc.credentialRef, now: at }),
      ]);
      const { captured, missed, missedByReason } = captures;
      const ended = captured + missed;
      const { imminent, hot, warm, cold } = tiers;
      const body: z.output<typeof health> = {
        state: doc.phase,
        asOf: at,
        freshness: {
          ...(imminent && { imminent }),
          ...(hot && { hot }),
          ...(warm && { warm }),
          ...(cold && { cold }),
        },
        budget,
        captures: { since, captured, missed, rate: ended === 0 ? null : captured / ended },
        misses: missedByReason,
        attentions: doc.attention === null ? [] : [doc.attention],
      };
      return { status: 200, body };
    },
  });

  return [read];
}

function notInstalled({ at, since }: { at: number; since: number }): z.output<typeof health> {
  return {
    state: 'not_installed',
    asOf: at,
    freshness: {},
    budget: null,
    captures: { since, captured: 0, missed: 0, rate: null },
    misses: [],
    attentions: [],
  };
}

import { z } from 'zod';
import { epochMs } from '../presenters/common.js';
import { attention, installationStates } from '../presenters/installation.js';
import { freshness, load, presentWatch } from '../presenters/watch.js';
import { defineRoute, type Route } from '../route.js';
import { base, orgParams, type RouteContext } from './organization.js';

const capturePeriodMs = 30 * 24 * 3_600_000;

const health = z
  .object({
    state: z.enum(installationStates),
    asOf: epochMs,
    freshness,
    budget: z
      .object({ inFlight: z.int(), blockedUntil: epochMs.nullable(), slowFactor: z.number() })
      .nullable()
      .meta({ description: 'Use of the vendor’s rate limit; null without a credential.' }),
    load: load.nullable(),
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
      const [report, captures, budget] = await Promise.all([
        readModel.watchReport(scope),
        readModel.captures({ ...scope, since }),
        doc.credentialRef === null
          ? null
          : readModel.budgetUse({ orgId, credentialRef: doc.credentialRef, now: at }),
      ]);
      const { captured, missed, missedByReason } = captures;
      const ended = captured + missed;
      const watch = presentWatch({ report, now: at });
      const body: z.output<typeof health> = {
        state: doc.phase,
        asOf: at,
        freshness: watch.freshness,
        budget,
        load: watch.load,
        captures: { since, captured, missed, rate: ended === 0 ? null : captured / ended },
        misses: missedByReason,
        attentions: doc.attentions,
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
    load: null,
    captures: { since, captured: 0, missed: 0, rate: null },
    misses: [],
    attentions: [],
  };
}

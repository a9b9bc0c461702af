import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { InterviewDoc } from '../../common/read-model/documents.js';
import type { OptOutLink } from '../../common/signed-links.js';
import { sendLinkPage } from '../pages/link-page.js';
import { optOutAskPage, optOutDonePage, optOutGonePage } from '../pages/opt-out-pages.js';
import { defineRoute, type Route } from '../route.js';
import type { RouteContext } from './organization.js';

const linkParams = z.object({ token: z.string().min(1).max(2_000) });

const hourMs = 3_600_000;
/** An interview that began so long ago may still run. */
const longestInterviewMs = 12 * hourMs;
/** Joins live that long before the start; later interviews are decided anew by every reading. */
const aheadMs = 7 * 24 * hourMs;
/** The nearest interviews are decided at once, one after the other; the watch comes by the others. */
const decidedAtOnce = 10;
const decideForMs = 5_000;
const pagesRead = 10;

const htmlAnswer = (description: string) => ({
  description,
  schema: z.string(),
  contentType: 'text/html',
});

/**
 * An interviewer's own word on all of their interviews, `/opt-out/{token}`. The token, from a mail,
 * names them by a keyed hash and is the permission. A GET changes nothing, since mail programs follow
 * links by themselves.
 */
export function optOutRoutes({ deps }: RouteContext): Route[] {
  const { gateway, inputs, readModel, links, now } = deps;

  async function follow(token: string): Promise<OptOutLink | null> {
    const link = await links.open({ token });
    return link?.kind === 'opt_out' ? link : null;
  }

  const parts = {
    path: '/opt-out/{token}',
    tag: 'links',
    permission: null,
    params: linkParams,
    problems: ['store_unavailable'],
  } as const;

  const look = defineRoute({
    ...parts,
    method: 'get',
    operationId: 'lookAtOptOut',
    summary: 'Whether the notetaker stays out of an interviewer’s interviews; changes nothing',
    answers: {
      200: htmlAnswer('A page with one button.'),
      404: htmlAnswer('A page: unknown or expired.'),
    },
    async handle({ params, res }) {
      const link = await follow(params.token);
      if (link === null) sendLinkPage(res, { status: 404, page: optOutGonePage });
      else {
        const isOut = await readModel.hasOptedOut(link);
        sendLinkPage(res, { status: 200, page: optOutAskPage({ isOut }) });
      }
      return null;
    },
  });

  const answer = defineRoute({
    ...parts,
    method: 'post',
    operationId: 'optOut',
    summary: 'Keeps the notetaker out of all of an interviewer’s interviews, or lets it in again',
    query: z.object({ answer: z.enum(['out', 'in']).default('out') }),
    rawBody: true,
    problems: ['store_unavailable', 'invalid_query'],
    answers: {
      200: htmlAnswer('A page: done, with the way back.'),
      404: htmlAnswer('A page: unknown or expired.'),
    },
    async handle({ params, query, res }) {
      const link = await follow(params.token);
      if (link === null) {
        sendLinkPage(res, { status: 404, page: optOutGonePage });
        return null;
      }
      const isOut = query.answer === 'out';
      const { orgId, userHash } = link;
      await inputs.setOptOut({ orgId, userHash, isOut, at: now() });
      // Also when it was said before: a process may have died between word and looks.
      await decideAnew(link);
      sendLinkPage(res, { status: 200, page: optOutDonePage({ isOut }) });
      return null;
    },
  });

  /** Their word is stored and holds for every later look; this only has those looks made at once. */
  async function decideAnew(link: OptOutLink): Promise<void> {
    const until = now() + decideForMs;
    for (const { interviewId } of await interviewsOf(link)) {
      if (now() >= until) return;
      const outcome = await gateway.refresh({
        orgId: link.orgId,
        command: {
          meta: {
            commandId: randomUUID(),
            bodyDigest: null,
            by: { subject: 'interviewer', role: 'admin' },
            at: now(),
            ifVersion: null,
          },
          target: { kind: 'interview', interviewId },
        },
      });
      if (outcome.kind === 'unavailable') return;
    }
  }

  /** The next interviews in which they take part, and those that run; the nearest ones. */
  async function interviewsOf({ orgId, userHash }: OptOutLink): Promise<InterviewDoc[]> {
    const installation = await readModel.installation({ orgId });
    if (installation === null) return [];
    const { generation } = installation;
    const found: InterviewDoc[] = [];
    let after: Parameters<typeof readModel.interviews>[0]['after'] = null;
    for (let page = 0; page < pagesRead && found.length < decidedAtOnce; page += 1) {
      const read = await readModel.interviews({
        ...{ orgId, generation, after, limit: 100 },
        ...{ jobId: null, verdict: null, state: null, outcome: null },
        ...{ from: now() - longestInterviewMs, to: now() + aheadMs },
      });
      for (const doc of read.items) {
        if (doc.endsAt > now() && (await takesPart(doc, userHash))) found.push(doc);
      }
      if (read.next === null) break;
      after = read.next;
    }
    return found.slice(0, decidedAtOnce);
  }

  async function takesPart({ orgId, timeslots }: InterviewDoc, userHash: string): Promise<boolean> {
    const ids = new Set(timeslots.flatMap(({ interviewerIds }) => interviewerIds));
    const hashes = await Promise.all(
      [...ids].map((userId) => links.interviewerHash({ orgId, userId })),
    );
    return hashes.includes(userHash);
  }

  return [look, answer];
}

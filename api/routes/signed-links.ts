import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { z } from 'zod';
import type { InterviewDoc } from '../../common/read-model/documents.js';
import type { ChoiceLink, LinkAction } from '../../common/signed-links.js';
import { Problem } from '../errors.js';
import {
  acceptedPage,
  askPage,
  busyPage,
  donePage,
  gonePage,
  heldBackPage,
} from '../pages/choice-pages.js';
import { type LinkPage, sendLinkPage } from '../pages/link-page.js';
import { defineRoute, type Incoming, type Route } from '../route.js';
import type { RouteContext } from './organization.js';

const linkParams = z.object({ token: z.string().min(1).max(2_000) });

const commandOf: Record<LinkAction, 'join' | 'skip' | 'reset'> = {
  send_now: 'join',
  skip: 'skip',
  not_this_one: 'skip',
  undo: 'reset',
};

const htmlAnswer = (description: string) => ({
  description,
  schema: z.string(),
  contentType: 'text/html',
});

/**
 * One click from a mail or an alert, `/l/{token}`. The token is the permission; looking at it changes
 * nothing, since mail programs follow links by themselves. Its POST is the command of the API.
 */
export function signedLinkRoutes({ deps, runCommand }: RouteContext): Route[] {
  const { gateway, readModel, links } = deps;

  /** The link and its interview; null: one of the two is no longer there. */
  async function follow(
    token: string,
  ): Promise<{ link: ChoiceLink; interview: InterviewDoc } | null> {
    const link = await links.open({ token });
    if (link?.kind !== 'choice') return null;
    const { orgId, generation, interviewId } = link;
    const installation = await readModel.installation({ orgId });
    if (installation?.generation !== generation) return null;
    const interview = await readModel.interview({ orgId, generation, interviewId });
    return interview === null ? null : { link, interview };
  }

  const parts = {
    path: '/l/{token}',
    tag: 'links',
    permission: null,
    params: linkParams,
    problems: ['store_unavailable'],
  } as const;

  const look = defineRoute({
    ...parts,
    method: 'get',
    operationId: 'lookAtLink',
    summary: 'What a link of a mail or an alert would do; changes nothing',
    answers: {
      200: htmlAnswer('A page with one button.'),
      404: htmlAnswer('A page: unknown or expired.'),
    },
    async handle({ params, res }) {
      const followed = await follow(params.token);
      if (followed === null) sendLinkPage(res, { status: 404, page: gonePage });
      else sendLinkPage(res, { status: 200, page: askPage(followed.link.action) });
      return null;
    },
  });

  const act = defineRoute({
    ...parts,
    method: 'post',
    operationId: 'followLink',
    summary: 'Does what a link of a mail or an alert says',
    rawBody: true,
    answers: {
      200: htmlAnswer('A page: done, with a way back.'),
      202: htmlAnswer('A page: taken, still running.'),
      404: htmlAnswer('A page: unknown or expired.'),
      503: htmlAnswer('A page: nothing was changed, try again.'),
    },
    async handle(request) {
      const { res } = request;
      const followed = await follow(request.params.token);
      if (followed === null) {
        sendLinkPage(res, { status: 404, page: gonePage });
        return null;
      }
      const { link, interview } = followed;
      const done = async () => {
        sendLinkPage(res, { status: 200, page: await pageAfter(link) });
        return null;
      };
      if (isSo(link, interview)) return await done();
      try {
        const answer = await runCommand({
          request: commandRequest(request, link, interview),
          name: 'choose',
          send: (meta) =>
            gateway.choose({
              orgId: link.orgId,
              command: {
                meta,
                interviewId: link.interviewId,
                action: commandOf[link.action],
                sealedReason: null,
                sealedLink: null,
              },
            }),
          answer: async () => ({ status: 200, body: null }),
          accepted: () => ({ status: 202, body: null }),
        });
        if (answer.status === 200) return await done();
        sendLinkPage(res, { status: 202, page: acceptedPage });
      } catch (error) {
        sendProblem(res, error);
      }
      return null;
    },
  });

  /** Beside this page, so that it stays in the place from which it was served. */
  async function undoOf(link: ChoiceLink): Promise<string> {
    return await links.tokenOf({ ...link, action: 'undo' });
  }

  /** As things are by now: a person's join beats rules, but neither consent nor a pause. */
  async function pageAfter(link: ChoiceLink): Promise<LinkPage> {
    if (link.action === 'undo') return donePage(link.action, null);
    const undo = await undoOf(link);
    const decision = (await readModel.interview(link))?.decision;
    return link.action === 'send_now' && decision !== undefined && decision.verdict !== 'join'
      ? heldBackPage(decision.explanation, undo)
      : donePage(link.action, undo);
  }

  return [look, act];
}

/** What the link asks for was chosen already, by this very link or by somebody else. */
function isSo({ action }: ChoiceLink, { choice }: InterviewDoc): boolean {
  const wanted = commandOf[action];
  return wanted === 'reset' ? choice === null : choice?.action === wanted;
}

/**
 * The link as a command. Two clicks on the same state of the interview are one command; after an undo
 * the same link may be followed again, which is another one. The token itself goes no further.
 */
function commandRequest(
  { method, params }: Incoming<typeof linkParams, null, null>,
  link: ChoiceLink,
  interview: InterviewDoc,
) {
  const { orgId, by, until } = link;
  const idempotencyKey = createHash('sha256')
    .update(`${params.token}\n${interview.version}`)
    .digest('base64url');
  return {
    caller: { orgId, subject: by, role: 'admin' as const, tokenExpiresAt: until },
    method,
    path: '/l',
    command: { idempotencyKey, ifVersion: null },
    body: { action: link.action, interviewId: link.interviewId },
  };
}

const goneCodes: ReadonlySet<string> = new Set([
  'not_installed',
  'uninstalling',
  'interview_not_found',
]);

/** People get a page; what is our fault goes on to the error handler. */
function sendProblem(res: Response, error: unknown): void {
  if (!(error instanceof Problem)) throw error;
  const show = (status: number, page: LinkPage, headers: Record<string, string> = {}) =>
    sendLinkPage(res, { status, page, headers });
  if (goneCodes.has(error.code)) show(404, gonePage);
  else if (error.code === 'commands_unavailable') show(503, busyPage, { 'retry-after': '10' });
  else throw error;
}

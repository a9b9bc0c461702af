import { z } from 'zod';
import { choiceContext } from '../../common/sealed-fields.js';
import { acceptedAnswer } from '../commands.js';
import { Problem } from '../errors.js';
import { acceptedCommand } from '../presenters/command.js';
import { pageOf } from '../presenters/common.js';
import {
  interview,
  interviewWithTimeline,
  joinStates,
  presentInterview,
  presentInterviewWithTimeline,
  sessionOutcomes,
  verdicts,
} from '../presenters/interview.js';
import { defineRoute, type Route } from '../route.js';
import { base, interviewParams, orgParams, paging, type RouteContext } from './organization.js';
import { pageAnswer, pageInput } from './paging.js';

/** Epoch ms, or a date-time with its offset. */
const instant = z
  .union([
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  ])
  .optional()
  .meta({ override: { type: 'string', description: 'Epoch ms, or an ISO 8601 date-time.' } });

const listQuery = z.strictObject({
  jobId: z.string().min(1).max(200).optional(),
  from: instant,
  to: instant,
  verdict: z.enum(verdicts).optional(),
  state: z.enum(joinStates).optional(),
  outcome: z.enum(sessionOutcomes).optional(),
  ...paging,
});

const choiceBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(500).exactOptional(),
    link: z
      .url({ protocol: /^https$/, error: 'must be an https link' })
      .max(2048)
      .exactOptional()
      .meta({ description: 'Where people join, when SmartRecruiters has no usable link.' }),
  })
  .meta({ id: 'Choice' });

export function interviewRoutes({ deps, resources, runCommand }: RouteContext): Route[] {
  const { gateway, readModel, vault, now } = deps;

  async function assertKnown(key: { orgId: string; interviewId: string }): Promise<void> {
    await resources.installed(key);
    const found = await resources.interview({ ...key, stopping: null });
    if (found === null) throw new Problem({ code: 'interview_not_found' });
  }

  const list = defineRoute({
    method: 'get',
    path: `${base}/interviews`,
    operationId: 'listInterviews',
    summary: 'Interviews, by start',
    tag: 'interviews',
    permission: 'read',
    params: orgParams,
    query: listQuery,
    answers: { 200: { description: 'A page.', schema: pageOf(interview, 'InterviewPage') } },
    async handle({ caller, query }) {
      const { orgId } = caller;
      const input = pageInput({ ...query, cursor: query.cursor, sort: 'number' });
      const installation = await readModel.installation({ orgId });
      if (installation === null) {
        return { status: 200, body: { items: [], nextCursor: null, asOf: now() } };
      }
      const page = await readModel.interviews({
        orgId,
        generation: installation.generation,
        ...input,
        jobId: query.jobId ?? null,
        from: query.from ?? null,
        to: query.to ?? null,
        verdict: query.verdict ?? null,
        state: query.state ?? null,
        outcome: query.outcome ?? null,
      });
      return pageAnswer({
        page,
        present: (doc) =>
          presentInterview(resources.presentationOf({ installation, doc, stopping: null })),
        asOf: now(),
      });
    },
  });

  const read = defineRoute({
    method: 'get',
    path: `${base}/interviews/{interviewId}`,
    operationId: 'getInterview',
    summary: 'One interview with what happened to it',
    tag: 'interviews',
    permission: 'read',
    params: interviewParams,
    answers: { 200: { description: 'As it is now.', schema: interviewWithTimeline } },
    problems: ['interview_not_found'],
    async handle({ caller, params }) {
      const { orgId } = caller;
      const installation = await readModel.installation({ orgId });
      const doc =
        installation === null
          ? null
          : await readModel.interview({
              orgId,
              generation: installation.generation,
              interviewId: params.interviewId,
            });
      if (installation === null || doc === null) {
        throw new Problem({ code: 'interview_not_found' });
      }
      const body = presentInterviewWithTimeline(
        resources.presentationOf({ installation, doc, stopping: null }),
      );
      return { status: 200, body, headers: { etag: `"${body.version}"` } };
    },
  });

  const choose = (choice: { action: 'join' | 'skip' | 'reset'; summary: string }) =>
    defineRoute({
      method: 'post',
      path: `${base}/interviews/{interviewId}/${choice.action}`,
      operationId: `${choice.action}Interview`,
      summary: choice.summary,
      tag: 'interviews',
      permission: 'choose',
      isCommand: true,
      params: interviewParams,
      body: choiceBody,
      answers: {
        200: { description: 'As it is now.', schema: interview },
        202: {
          description: 'Done, but the notetaker is still on its way out; or still running.',
          schema: z.union([interview, acceptedCommand]),
        },
      },
      problems: ['not_installed', 'uninstalling', 'interview_not_found', 'link_unreadable'],
      async handle(request) {
        const { orgId } = request.caller;
        const { interviewId } = request.params;
        const { reason, link } = request.body;
        const seal = (plaintext: string | undefined) =>
          plaintext === undefined
            ? null
            : vault.seal({ plaintext, context: choiceContext({ orgId, interviewId }) });
        return await runCommand({
          request,
          name: 'choose',
          check: () => assertKnown({ orgId, interviewId }),
          send: (meta) =>
            gateway.choose({
              orgId,
              command: {
                meta,
                interviewId,
                action: choice.action,
                sealedReason: seal(reason),
                sealedLink: seal(link),
              },
            }),
          async answer({ result, isRepeat }) {
            const shape = await resources.interview({
              orgId,
              interviewId,
              stopping: isRepeat ? null : result.stopping,
            });
            if (shape === null) throw new Problem({ code: 'interview_not_found' });
            return {
              status: shape.stopping === null ? 200 : 202,
              body: shape,
              headers: { etag: `"${shape.version}"` },
            };
          },
        });
      },
    });

  const refresh = defineRoute({
    method: 'post',
    path: `${base}/interviews/{interviewId}/refresh`,
    operationId: 'refreshInterview',
    summary: 'Reads an interview again soon; repeats are one',
    tag: 'interviews',
    permission: 'own',
    isCommand: true,
    params: interviewParams,
    answers: { 202: { description: 'Taken.', schema: acceptedCommand } },
    problems: ['not_installed', 'uninstalling', 'interview_not_found'],
    async handle(request) {
      const { orgId } = request.caller;
      const { interviewId } = request.params;
      return await runCommand({
        request,
        name: 'refresh',
        check: () => assertKnown({ orgId, interviewId }),
        send: (meta) =>
          gateway.refresh({ orgId, command: { meta, target: { kind: 'interview', interviewId } } }),
        answer: async ({ result }) => acceptedAnswer(request, result.commandId),
      });
    },
  });

  return [
    list,
    read,
    choose({ action: 'join', summary: 'Asks the notetaker to join' }),
    choose({ action: 'skip', summary: 'Keeps the notetaker out' }),
    choose({ action: 'reset', summary: 'Leaves it to the rules again' }),
    refresh,
  ];
}

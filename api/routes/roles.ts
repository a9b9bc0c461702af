import { z } from 'zod';
import type { JobDoc, RoleDoc } from '../../common/read-model/documents.js';
import { acceptedAnswer, type Settled } from '../commands.js';
import { Problem } from '../errors.js';
import { acceptedCommand } from '../presenters/command.js';
import { pageOf } from '../presenters/common.js';
import { job, presentJob, role } from '../presenters/role.js';
import { type Answer, defineRoute, type Route } from '../route.js';
import { base, jobParams, orgParams, paging, type RouteContext, search } from './organization.js';
import { emptyPage, pageAnswer, pageInput } from './paging.js';

const jobsQuery = z.strictObject({
  q: search,
  department: search,
  location: search,
  ...paging,
});

const rolesQuery = z.strictObject({
  enabled: z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional(),
  q: search,
  ...paging,
});

const roleBody = z
  .strictObject({
    enabled: z.boolean(),
    scheduled: z.enum(['include', 'exclude']).exactOptional().meta({
      description: 'Whether interviews already scheduled are joined too; `include` unless said.',
    }),
  })
  .meta({ id: 'RoleChange' });

const roleAnswers = {
  200: { description: 'As it is now.', schema: role },
  202: {
    description: 'Done, but some notetakers are still on their way out; or still running.',
    schema: z.union([role, acceptedCommand]),
  },
};

export function roleRoutes({ deps, resources, runCommand }: RouteContext): Route[] {
  const { gateway, readModel, now } = deps;

  async function answerRole(
    key: { orgId: string; jobId: string },
    settled: Settled,
  ): Promise<Answer> {
    const body = await resources.role({
      ...key,
      stopping: settled.isRepeat ? null : settled.result.stopping,
      withRemoved: true,
    });
    if (body === null) throw new Problem({ code: 'role_not_found' });
    return {
      status: body.stopping.length > 0 ? 202 : 200,
      body,
      headers: { etag: `"${body.version}"` },
    };
  }

  const jobs = defineRoute({
    method: 'get',
    path: `${base}/jobs`,
    operationId: 'listJobs',
    summary: 'Jobs of the catalogue, by title',
    tag: 'roles',
    permission: 'read',
    params: orgParams,
    query: jobsQuery,
    answers: { 200: { description: 'A page.', schema: pageOf(job, 'JobPage') } },
    async handle({ caller, query }) {
      const { orgId } = caller;
      const input = pageInput({ ...query, cursor: query.cursor, sort: 'string' });
      const doc = await readModel.installation({ orgId });
      const present = (found: JobDoc) => presentJob({ doc: found });
      if (doc === null) return pageAnswer({ page: emptyPage<JobDoc>(), present, asOf: null });
      const scope = { orgId, generation: doc.generation };
      const [page, asOf] = await Promise.all([
        readModel.jobs({
          ...scope,
          ...input,
          q: query.q || null,
          department: query.department || null,
          location: query.location || null,
        }),
        readModel.catalogueReadAt(scope),
      ]);
      return pageAnswer({ page, present, asOf });
    },
  });

  const list = defineRoute({
    method: 'get',
    path: `${base}/roles`,
    operationId: 'listRoles',
    summary: 'Roles, by title',
    tag: 'roles',
    permission: 'read',
    params: orgParams,
    query: rolesQuery,
    answers: { 200: { description: 'A page.', schema: pageOf(role, 'RolePage') } },
    async handle({ caller, query }) {
      const { orgId } = caller;
      const input = pageInput({ ...query, cursor: query.cursor, sort: 'string' });
      const doc = await readModel.installation({ orgId });
      const page =
        doc === null
          ? emptyPage<RoleDoc>()
          : await readModel.roles({
              orgId,
              generation: doc.generation,
              ...input,
              enabled: query.enabled ?? null,
              q: query.q || null,
            });
      const items = doc === null ? [] : await resources.roles({ doc, roles: page.items });
      return pageAnswer({
        page: { items, next: page.next },
        present: (found) => found,
        asOf: now(),
      });
    },
  });

  const read = defineRoute({
    method: 'get',
    path: `${base}/roles/{jobId}`,
    operationId: 'getRole',
    summary: 'One role',
    tag: 'roles',
    permission: 'read',
    params: jobParams,
    answers: { 200: roleAnswers[200] },
    problems: ['role_not_found'],
    async handle({ caller, params }) {
      const { orgId } = caller;
      const body = await resources.role({
        orgId,
        jobId: params.jobId,
        stopping: null,
        withRemoved: false,
      });
      if (body === null) throw new Problem({ code: 'role_not_found' });
      return { status: 200, body, headers: { etag: `"${body.version}"` } };
    },
  });

  const change = defineRoute({
    method: 'put',
    path: `${base}/roles/{jobId}`,
    operationId: 'setRole',
    summary: 'Turns a job on or off',
    tag: 'roles',
    permission: 'own',
    isCommand: true,
    params: jobParams,
    body: roleBody,
    answers: roleAnswers,
    problems: ['not_installed', 'uninstalling', 'job_not_found', 'vendor_unavailable'],
    async handle(request) {
      const { orgId } = request.caller;
      const { jobId } = request.params;
      const { enabled, scheduled = 'include' } = request.body;
      return await runCommand({
        request,
        name: 'setRole',
        check: async () => void (await resources.installed({ orgId })),
        send: (meta) => gateway.setRole({ orgId, command: { meta, jobId, enabled, scheduled } }),
        answer: (settled) => answerRole({ orgId, jobId }, settled),
      });
    },
  });

  const remove = defineRoute({
    method: 'delete',
    path: `${base}/roles/{jobId}`,
    operationId: 'removeRole',
    summary: 'Turns a role off and deselects its job',
    tag: 'roles',
    permission: 'own',
    isCommand: true,
    params: jobParams,
    answers: roleAnswers,
    problems: ['not_installed', 'uninstalling', 'role_not_found'],
    async handle(request) {
      const { orgId } = request.caller;
      const { jobId } = request.params;
      return await runCommand({
        request,
        name: 'removeRole',
        check: async () => void (await resources.installed({ orgId })),
        send: (meta) => gateway.removeRole({ orgId, command: { meta, jobId } }),
        answer: (settled) => answerRole({ orgId, jobId }, settled),
      });
    },
  });

  const refresh = defineRoute({
    method: 'post',
    path: `${base}/roles/{jobId}/refresh`,
    operationId: 'refreshRole',
    summary: 'Reads the interviews of a role again soon; repeats are one',
    tag: 'roles',
    permission: 'own',
    isCommand: true,
    params: jobParams,
    answers: { 202: { description: 'Taken.', schema: acceptedCommand } },
    problems: ['not_installed', 'uninstalling', 'role_not_found'],
    async handle(request) {
      const { orgId } = request.caller;
      const { jobId } = request.params;
      return await runCommand({
        request,
        name: 'refresh',
        async check() {
          await resources.installed({ orgId });
          const found = await resources.role({ orgId, jobId, stopping: null, withRemoved: false });
          if (found === null) throw new Problem({ code: 'role_not_found' });
        },
        send: (meta) =>
          gateway.refresh({ orgId, command: { meta, target: { kind: 'role', jobId } } }),
        answer: async ({ result }) => acceptedAnswer(request, result.commandId),
      });
    },
  });

  return [jobs, list, read, change, remove, refresh];
}

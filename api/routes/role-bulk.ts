import { z } from 'zod';
import { acceptedAnswer, previewAnswer } from '../commands.js';
import { acceptedCommand } from '../presenters/command.js';
import { loadPreview } from '../presenters/load-preview.js';
import { defineRoute, type Route } from '../route.js';
import { base, orgParams, type RouteContext, vendorId } from './organization.js';

const jobIds = z
  .array(vendorId)
  .min(1)
  .max(500)
  .meta({ description: 'Up to 500; one that comes twice counts once.' });

const bulkBody = z
  .strictObject({
    jobIds,
    enabled: z.boolean(),
    scheduled: z.enum(['include', 'exclude']).exactOptional(),
  })
  .meta({ id: 'RolesChange', description: 'As a change of one role, for many jobs.' });

const bulkPreviewBody = z
  .strictObject({ jobIds, enabled: z.boolean() })
  .meta({ id: 'RolesPreview' });

/** Many jobs at once: one command, whose outcome tells what is still stopping. */
export function roleBulkRoutes({ deps, resources, runCommand }: RouteContext): Route[] {
  const { gateway } = deps;

  const change = defineRoute({
    method: 'post',
    path: `${base}/roles/bulk`,
    operationId: 'setRoles',
    summary: 'Turns many jobs on or off with one command',
    tag: 'roles',
    permission: 'own',
    isCommand: true,
    params: orgParams,
    body: bulkBody,
    answers: { 202: { description: 'Taken.', schema: acceptedCommand } },
    problems: ['not_installed', 'uninstalling', 'job_not_found', 'vendor_unavailable'],
    async handle(request) {
      const { orgId } = request.caller;
      const { enabled, scheduled = 'include' } = request.body;
      const unique = [...new Set(request.body.jobIds)];
      return await runCommand({
        request,
        name: 'setRoles',
        check: async () => void (await resources.installed({ orgId })),
        send: (meta) =>
          gateway.setRoles({ orgId, command: { meta, jobIds: unique, enabled, scheduled } }),
        answer: async ({ result }) => acceptedAnswer(request, result.commandId),
      });
    },
  });

  const preview = defineRoute({
    method: 'post',
    path: `${base}/roles/bulk/preview`,
    operationId: 'previewRoles',
    summary: 'What turning many jobs on or off would make the watch read; changes nothing',
    tag: 'roles',
    permission: 'own',
    params: orgParams,
    body: bulkPreviewBody,
    answers: { 200: { description: 'An estimate.', schema: loadPreview } },
    problems: ['not_installed', 'uninstalling', 'vendor_unavailable', 'commands_unavailable'],
    async handle({ caller: { orgId }, body }) {
      await resources.installed({ orgId });
      const change = {
        captureMode: null,
        jobIds: [...new Set(body.jobIds)],
        enabled: body.enabled,
      };
      return previewAnswer(await gateway.previewLoad({ orgId, change }));
    },
  });

  return [change, preview];
}

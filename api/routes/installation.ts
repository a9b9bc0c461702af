import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { credentialContext } from '../../common/sealed-fields.js';
import type { CommandMeta } from '../../workflows/contracts/installation.js';
import { acceptedAnswer, previewAnswer, type Settled } from '../commands.js';
import { Problem } from '../errors.js';
import { acceptedCommand } from '../presenters/command.js';
import { stopping } from '../presenters/common.js';
import { installation } from '../presenters/installation.js';
import { settingsPreview } from '../presenters/load-preview.js';
import { notAvailableIn, type SettingsPatchBody, settingsPatch } from '../presenters/settings.js';
import { type Answer, defineRoute, type Route } from '../route.js';
import { base, orgParams, type RouteContext } from './organization.js';

const connectBody = z
  .strictObject({
    clientId: z.string().trim().min(1).max(500),
    clientSecret: z.string().trim().min(1).max(2_000),
  })
  .meta({ id: 'Connect', description: 'A credential of SmartRecruiters; it never comes back.' });

const uninstallAnswer = z
  .object({
    state: z.literal('uninstalling'),
    receiptId: z.string().nullable(),
    stopping: z.array(stopping),
  })
  .meta({ id: 'Uninstalling' });

const uploadLifeMs = 3_600_000;

const installationAnswers = {
  200: { description: 'As it is now.', schema: installation },
  202: {
    description: 'Done, but some notetakers are still on their way out; or still running.',
    schema: z.union([installation, acceptedCommand]),
  },
};

export function installationRoutes({ deps, resources, runCommand }: RouteContext): Route[] {
  const { gateway, inputs, vault, digests, now, readModel } = deps;

  async function answerInstallation(orgId: string, settled: Settled): Promise<Answer> {
    const fresh = settled.isRepeat ? null : settled.result.stopping;
    const body = await resources.installation({
      orgId,
      stopping: fresh?.length ? fresh : null,
    });
    return {
      status: body.stopping.length > 0 ? 202 : 200,
      body,
      headers: { etag: `"${body.version}"` },
    };
  }

  async function assertInstalled(orgId: string): Promise<void> {
    await resources.installed({ orgId });
  }

  /** The same upload for every repeat with one key and body, so that repeats store it once. */
  function credentialRefOf(meta: CommandMeta, isKeyed: boolean): string {
    return isKeyed
      ? createHash('sha256').update(`${meta.commandId}.${meta.bodyDigest}`).digest('base64url')
      : randomUUID();
  }

  const read = defineRoute({
    method: 'get',
    path: base,
    operationId: 'getInstallation',
    summary: 'The connection of an organization to SmartRecruiters',
    tag: 'installation',
    permission: 'read',
    params: orgParams,
    answers: { 200: installationAnswers[200] },
    async handle({ caller }) {
      const body = await resources.installation({ orgId: caller.orgId, stopping: null });
      return { status: 200, body, headers: { etag: `"${body.version}"` } };
    },
  });

  const connect = defineRoute({
    method: 'put',
    path: base,
    operationId: 'connect',
    summary: 'Connects SmartRecruiters, or replaces the credential',
    tag: 'installation',
    permission: 'own',
    isCommand: true,
    params: orgParams,
    body: connectBody,
    answers: installationAnswers,
    problems: ['uninstalling', 'different_company', 'credentials_rejected', 'vendor_unavailable'],
    async handle(request) {
      const { orgId } = request.caller;
      const { clientId, clientSecret } = request.body;
      const isKeyed = request.command.idempotencyKey !== null;
      let credentialRef: string | null = null;
      return await runCommand({
        request,
        name: 'connect',
        async check() {
          const doc = await readModel.installation({ orgId });
          if (doc?.phase === 'uninstalling') throw new Problem({ code: 'uninstalling' });
        },
        async send(meta) {
          const ref = credentialRefOf(meta, isKeyed);
          credentialRef = ref;
          await inputs.addUpload({
            _id: ref,
            orgId,
            state: 'uploaded',
            sealed: vault.seal({
              plaintext: JSON.stringify({ clientId, clientSecret }),
              context: credentialContext(ref),
            }),
            budgetKey: digests.budgetKey({ clientId }),
            createdAt: now(),
            expiresAt: new Date(now() + uploadLifeMs),
          });
          return await gateway.connect({ orgId, command: { meta, credentialRef: ref } });
        },
        async discard() {
          if (credentialRef !== null) await inputs.discardUpload({ orgId, credentialRef });
        },
        answer: (settled) => answerInstallation(orgId, settled),
        accepted(commandId) {
          const answer = acceptedAnswer(request, commandId);
          return { ...answer, body: { commandId, state: 'validating' } };
        },
      });
    },
  });

  const uninstall = defineRoute({
    method: 'delete',
    path: base,
    operationId: 'uninstall',
    summary: 'Ends the connection: no bot, no e-mail, no request after the receipt',
    tag: 'installation',
    permission: 'own',
    isCommand: true,
    params: orgParams,
    answers: {
      202: { description: 'On its way.', schema: z.union([uninstallAnswer, acceptedCommand]) },
    },
    problems: ['not_installed'],
    async handle(request) {
      const { orgId } = request.caller;
      const running = await readModel.installation({ orgId });
      if (running?.phase === 'uninstalling' && request.command.idempotencyKey === null) {
        return uninstallingAnswer(running);
      }
      return await runCommand({
        request,
        name: 'uninstall',
        check: () => assertInstalled(orgId),
        send: (meta) => gateway.uninstall({ orgId, command: { meta } }),
        answer: async ({ result }) => uninstallingAnswer(result),
      });
    },
  });

  const changeSettings = defineRoute({
    method: 'patch',
    path: `${base}/settings`,
    operationId: 'changeSettings',
    summary: 'Changes any part of the settings (JSON Merge Patch)',
    tag: 'installation',
    permission: 'own',
    isCommand: true,
    params: orgParams,
    body: settingsPatch,
    answers: installationAnswers,
    problems: ['not_installed', 'uninstalling', 'consent_needs_candidate_emails', 'not_available'],
    async handle(request) {
      const { orgId } = request.caller;
      const patch = request.body;
      return await runCommand({
        request,
        name: 'changeSettings',
        async check() {
          await assertInstalled(orgId);
          assertAvailable(patch);
        },
        send: (meta) => gateway.changeSettings({ orgId, command: { meta, patch } }),
        answer: (settled) => answerInstallation(orgId, settled),
      });
    },
  });

  const previewSettings = defineRoute({
    method: 'post',
    path: `${base}/settings/preview`,
    operationId: 'previewSettings',
    summary:
      'What a change of the settings would mean for interviews and the watch; changes nothing',
    tag: 'installation',
    permission: 'own',
    params: orgParams,
    body: settingsPatch,
    answers: { 200: { description: 'What would change.', schema: settingsPreview } },
    problems: [
      ...(['not_installed', 'uninstalling', 'not_available'] as const),
      ...(['vendor_unavailable', 'commands_unavailable'] as const),
    ],
    async handle({ caller: { orgId }, body }) {
      await assertInstalled(orgId);
      assertAvailable(body);
      const change = {
        ...{ captureMode: body.captureMode ?? null, jobIds: [], enabled: true },
        settings: body,
      };
      return previewAnswer(await gateway.previewLoad({ orgId, change }));
    },
  });

  const plain = (command: {
    path: string;
    name: 'validate' | 'pause' | 'resume' | 'confirmMail';
    summary: string;
  }) =>
    defineRoute({
      method: 'post',
      path: `${base}${command.path}`,
      operationId: command.name,
      summary: command.summary,
      tag: 'installation',
      permission: 'own',
      isCommand: true,
      params: orgParams,
      answers: installationAnswers,
      problems: [
        'not_installed',
        'uninstalling',
        'credentials_rejected',
        'different_company',
        'vendor_unavailable',
      ],
      async handle(request) {
        const { orgId } = request.caller;
        return await runCommand({
          request,
          name: command.name,
          check: () => assertInstalled(orgId),
          send: (meta) => gateway[command.name]({ orgId, command: { meta } }),
          answer: (settled) => answerInstallation(orgId, settled),
        });
      },
    });

  return [
    read,
    connect,
    uninstall,
    changeSettings,
    previewSettings,
    plain({ path: '/validate', name: 'validate', summary: 'Probes the scopes anew' }),
    plain({ path: '/pause', name: 'pause', summary: 'Pauses: no bot and no e-mail until resumed' }),
    plain({ path: '/resume', name: 'resume', summary: 'Goes on after a pause' }),
    plain({ path: '/mail/confirm', name: 'confirmMail', summary: 'Lets the held notices go' }),
  ];
}

/** What this version does not enforce is refused. */
function assertAvailable(patch: SettingsPatchBody): void {
  const pointers = notAvailableIn({ patch });
  if (pointers.length === 0) return;
  const detail = 'is not enforced by this version yet';
  throw new Problem({
    code: 'not_available',
    errors: pointers.map((pointer) => ({ pointer, detail })),
  });
}

function uninstallingAnswer(input: {
  receiptId: string | null;
  stopping: { interviewId: string; since: number; reason: string }[];
}): Answer {
  return {
    status: 202,
    body: {
      state: 'uninstalling',
      receiptId: input.receiptId,
      stopping: input.stopping.map(({ interviewId, since, reason }) => ({
        interviewId,
        since,
        reason,
      })),
    },
  };
}

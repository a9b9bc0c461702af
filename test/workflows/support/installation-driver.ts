import { randomUUID } from 'node:crypto';
import {
  type WithStartWorkflowOperation as StartOperation,
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import {
  installationWorkflowId,
  interviewWatchWorkflowId,
} from '../../../workflows/contracts/ids.js';
import {
  type CommandMeta,
  type CommandResult,
  connectUpdate,
  type InstallationResult,
  installationStateQuery,
  type PendingStop,
  pauseUpdate,
  previewLoadUpdate,
  type RoleCommand,
  type RolesCommand,
  resumeUpdate,
  rolesUpdate,
  roleUpdate,
  type SettingsCommand,
  settingsUpdate,
  uninstallUpdate,
  validateUpdate,
} from '../../../workflows/contracts/installation.js';
import type { LoadChange } from '../../../workflows/contracts/load-estimate.js';
import type { installation } from '../../../workflows/installation.js';
import { eventually } from '../../support/eventually.js';
import type { WorkflowEnvironment } from '../../support/workflow-env.js';

export function commandMeta(meta: Partial<CommandMeta> = {}): CommandMeta {
  return {
    commandId: randomUUID(),
    bodyDigest: null,
    by: { subject: 'owner-1', role: 'owner' },
    at: 1_000,
    ifVersion: null,
    ...meta,
  };
}

export function pendingStop(stop: Partial<PendingStop> = {}): PendingStop {
  return {
    roomKey: 'room-1',
    holderId: 'generation/session-1',
    attempt: 1,
    interviewId: 'interview-1',
    jobId: 'job-1',
    sessionId: 'session-1',
    holderState: 'stopping',
    since: 1_000,
    reason: 'leaving',
    ...stop,
  };
}

/** One organization's installation as the API drives it: every command with its update id. */
export function driveInstallation(
  env: WorkflowEnvironment,
  options: { maxHistoryEvents?: number; orgId?: string } = {},
) {
  const orgId = options.orgId ?? `org-${randomUUID().slice(0, 8)}`;
  const workflowId = installationWorkflowId({ orgId });
  const handle = env.client.workflow.getHandle<typeof installation>(workflowId);

  function start(): StartOperation<typeof installation> {
    return new WithStartWorkflowOperation<typeof installation>('installation', {
      workflowId,
      taskQueue: env.taskQueues.integration,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [
        {
          orgId,
          taskQueues: env.taskQueues,
          times: env.times,
          maxHistoryEvents: options.maxHistoryEvents ?? null,
          state: null,
        },
      ],
    });
  }

  async function command<Input extends { meta: CommandMeta }>(
    definition: UpdateDefinition<CommandResult, [Input]>,
    input: Input,
  ): Promise<CommandResult> {
    return await handle.executeUpdate<CommandResult, [Input]>(definition, {
      args: [input],
      updateId: input.meta.commandId,
    });
  }

  return {
    orgId,
    handle,
    command,
    async connect(input: { meta?: CommandMeta; credentialRef?: string } = {}) {
      const meta = input.meta ?? commandMeta();
      return await env.client.workflow.executeUpdateWithStart<
        typeof installation,
        CommandResult,
        [{ meta: CommandMeta; credentialRef: string }]
      >(connectUpdate, {
        startWorkflowOperation: start(),
        updateId: meta.commandId,
        args: [{ meta, credentialRef: input.credentialRef ?? 'credential-1' }],
      });
    },
    pause: (meta = commandMeta()) => command(pauseUpdate, { meta }),
    resume: (meta = commandMeta()) => command(resumeUpdate, { meta }),
    validate: (meta = commandMeta()) => command(validateUpdate, { meta }),
    uninstall: (meta = commandMeta()) => command(uninstallUpdate, { meta }),
    settings: (patch: SettingsCommand['patch'], meta = commandMeta()) =>
      command(settingsUpdate, { meta, patch }),
    role: (role: Partial<RoleCommand> = {}) =>
      command(roleUpdate, {
        meta: commandMeta(),
        jobId: 'job-1',
        enabled: true,
        scheduled: 'include',
        ...role,
      }),
    roles: (roles: Partial<RolesCommand> = {}) =>
      command(rolesUpdate, {
        meta: commandMeta(),
        jobIds: ['job-1', 'job-2'],
        enabled: true,
        scheduled: 'include',
        ...roles,
      }),
    previewLoad: (change: Partial<LoadChange> = {}) =>
      handle.executeUpdate(previewLoadUpdate, {
        args: [{ captureMode: null, jobIds: [], enabled: true, ...change }],
      }),
    state: () => handle.query(installationStateQuery),
    result: (): Promise<InstallationResult> => handle.result(),
    watch: (generation: string) =>
      env.client.workflow.getHandle(interviewWatchWorkflowId({ orgId, generation })),
    /** Run id of the newest run: it changes when the workflow continues as new. */
    async runId() {
      return (await handle.describe()).runId;
    },
    /** Events of a run so far. */
    async historyLength(runId: string) {
      return (await env.client.workflow.getHandle(workflowId, runId).describe()).historyLength;
    },
  };
}

/** Waits until so many commands were let in by their validators, and are not yet answered perhaps. */
export async function commandsAccepted(
  handle: { fetchHistory: () => Promise<{ events?: unknown[] | null }> },
  count: number,
): Promise<void> {
  await eventually(
    async () => {
      const { events } = await handle.fetchHistory();
      const accepted = (events ?? []).filter(
        (event) =>
          (event as { workflowExecutionUpdateAcceptedEventAttributes?: unknown })
            .workflowExecutionUpdateAcceptedEventAttributes,
      );
      return accepted.length === count;
    },
    { what: `${count} accepted commands` },
  );
}

/** Type of the failure by which a command was refused; fails when it was not refused. */
export async function refusalOf(command: Promise<unknown>): Promise<string | null | undefined> {
  try {
    await command;
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const { cause } = error;
    return cause !== undefined && 'type' in cause ? (cause.type as string | null) : cause?.name;
  }
  throw new Error('the command was not refused');
}

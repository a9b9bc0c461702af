import {
  type Client,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  TypedSearchAttributes,
  type UpdateDefinition,
} from '@temporalio/common';
import type { Logger } from '../common/logger.js';
import type {
  ArtifactKey,
  FetchArtifactInput,
  FetchArtifactResult,
} from '../workflows/contracts/artifacts.js';
import { failureTypes } from '../workflows/contracts/failure-types.js';
import {
  fetchArtifactWorkflowId,
  installationWorkflowId,
  interviewWatchWorkflowId,
  joinInterviewWorkflowId,
} from '../workflows/contracts/ids.js';
import {
  type ChoiceCommand,
  type CommandResult,
  type ConnectCommand,
  choiceUpdate,
  confirmMailUpdate,
  connectUpdate,
  type InstallationInput,
  type InstallationResult,
  type PlainCommand,
  pauseUpdate,
  previewLoadUpdate,
  type RefreshCommand,
  type RemoveRoleCommand,
  type RoleCommand,
  type RolesCommand,
  refreshUpdate,
  removeRoleUpdate,
  resumeUpdate,
  rolesUpdate,
  roleUpdate,
  type SettingsCommand,
  settingsUpdate,
  uninstallUpdate,
  validateUpdate,
} from '../workflows/contracts/installation.js';
import { nudgeSignal } from '../workflows/contracts/interview-watch.js';
import { botEventSignal } from '../workflows/contracts/join-interview.js';
import type { LoadChange, LoadEstimate } from '../workflows/contracts/load-estimate.js';
import { type ProtocolTimes, protocolTimes } from '../workflows/contracts/protocol-times.js';
import { searchAttributes } from '../workflows/contracts/search-attributes.js';
import { type TaskQueues, taskQueues } from '../workflows/contracts/task-queues.js';

export interface CommandFailure {
  /** A type of `workflows/contracts/failure-types.ts`, or whatever a workflow threw. */
  type: string;
  message: string;
  /** Digest of the body that the refused command had; null when it was refused unread. */
  bodyDigest: string | null;
}

export type CommandOutcome<Result = CommandResult> =
  | { kind: 'done'; result: Result }
  | { kind: 'failed'; failure: CommandFailure }
  /** Accepted; its result takes longer than a request may wait. */
  | { kind: 'pending' }
  /** Not accepted in time: nothing durable happened. */
  | { kind: 'unavailable' };

export interface Addressed<C> {
  orgId: string;
  command: C;
}

/** The only door from the API to Temporal. No method throws because Temporal is away. */
export interface TemporalGateway {
  connect(input: Addressed<ConnectCommand>): Promise<CommandOutcome>;
  validate(input: Addressed<PlainCommand>): Promise<CommandOutcome>;
  changeSettings(input: Addressed<SettingsCommand>): Promise<CommandOutcome>;
  pause(input: Addressed<PlainCommand>): Promise<CommandOutcome>;
  resume(input: Addressed<PlainCommand>): Promise<CommandOutcome>;
  setRole(input: Addressed<RoleCommand>): Promise<CommandOutcome>;
  setRoles(input: Addressed<RolesCommand>): Promise<CommandOutcome>;
  removeRole(input: Addressed<RemoveRoleCommand>): Promise<CommandOutcome>;
  refresh(input: Addressed<RefreshCommand>): Promise<CommandOutcome>;
  choose(input: Addressed<ChoiceCommand>): Promise<CommandOutcome>;
  confirmMail(input: Addressed<PlainCommand>): Promise<CommandOutcome>;
  uninstall(input: Addressed<PlainCommand>): Promise<CommandOutcome>;
  /** What a change would mean for the watch; changes nothing. */
  previewLoad(input: { orgId: string; change: LoadChange }): Promise<CommandOutcome<LoadEstimate>>;
  /** What became of a command that is in no list yet; `unknown`: no such command. */
  commandOutcome(input: {
    orgId: string;
    commandId: string;
  }): Promise<CommandOutcome | { kind: 'unknown' }>;
  /** A hint to the join of one interview; lost without harm, since the join also looks by itself. */
  botEvent(input: {
    orgId: string;
    generation: string;
    interviewId: string;
  }): Promise<{ delivered: boolean }>;
  /** Has the watch look at once; lost without harm, since receipts that wait are found. */
  nudgeWatch(input: { orgId: string; generation: string }): Promise<{ delivered: boolean }>;
  /** Has a worker fetch it into the store; readers who ask at the same time share one fetching. */
  fetchArtifact(key: ArtifactKey): Promise<FetchOutcome>;
  isReachable(): Promise<boolean>;
}

export type FetchOutcome =
  | { kind: 'done'; state: FetchArtifactResult['state'] }
  /** Not in time, or the provider does not answer: the next try may find it. */
  | { kind: 'unavailable' };

/** Milliseconds. A command is accepted within `acceptMs` and answered within `answerMs`. */
export interface GatewayTimes {
  acceptMs: number;
  answerMs: number;
  lookMs: number;
}

const gatewayTimes: GatewayTimes = { acceptMs: 10_000, answerMs: 15_000, lookMs: 2_000 };

/** What the workflows of these names take and give, without loading their code. */
type FetchArtifactWorkflow = (input: FetchArtifactInput) => Promise<FetchArtifactResult>;
type InstallationWorkflow = (input: InstallationInput) => Promise<InstallationResult>;

/**
 * The gateway over a Temporal client. `queues` and `protocol` go into a new installation, so that
 * tests can shorten the times of everything that it starts.
 */
export function createTemporalGateway({
  client,
  queues = taskQueues,
  protocol = protocolTimes,
  times = gatewayTimes,
  maxHistoryEvents = null,
  logger,
}: {
  client: Client;
  /** Told why a command could not be taken: the caller only hears that it was not. */
  logger?: Pick<Logger, 'warn'>;
  queues?: TaskQueues;
  protocol?: ProtocolTimes;
  times?: GatewayTimes;
  maxHistoryEvents?: number | null;
}): TemporalGateway {
  async function settle<Result>(
    accept: () => Promise<WorkflowUpdateHandle<Result>>,
  ): Promise<CommandOutcome<Result>> {
    const startedAt = Date.now();
    let handle: WorkflowUpdateHandle<Result>;
    try {
      handle = await client.withDeadline(startedAt + times.acceptMs, accept);
    } catch (error) {
      const outcome = outcomeOfRefusal(error);
      if (outcome.kind === 'unavailable') {
        logger?.warn({ err: error }, 'Temporal did not take a command');
      }
      return outcome;
    }
    return await outcomeOf({ handle, deadlineAt: startedAt + times.answerMs });
  }

  async function outcomeOf<Result>(input: {
    handle: WorkflowUpdateHandle<Result>;
    deadlineAt: number;
  }): Promise<CommandOutcome<Result>> {
    try {
      const result = await client.withDeadline(input.deadlineAt, () => input.handle.result());
      return { kind: 'done', result };
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) return failed(error);
      // Whatever went wrong on the way, the command itself was accepted and goes on.
      return { kind: 'pending' };
    }
  }

  async function send<C extends { meta: { commandId: string } }>(
    update: UpdateDefinition<CommandResult, [C]>,
    { orgId, command }: Addressed<C>,
  ): Promise<CommandOutcome> {
    const outcome = await settle(() =>
      client.workflow.getHandle(installationWorkflowId({ orgId })).startUpdate(update, {
        args: [command],
        updateId: command.meta.commandId,
        waitForStage: 'ACCEPTED',
      }),
    );
    return metAClosingRun(outcome) ? refused(failureTypes.notInstalled) : outcome;
  }

  async function connectOnce({
    orgId,
    command,
  }: Addressed<ConnectCommand>): Promise<CommandOutcome> {
    return await settle(async () => {
      const startWorkflowOperation = new WithStartWorkflowOperation<InstallationWorkflow>(
        'installation',
        {
          workflowId: installationWorkflowId({ orgId }),
          taskQueue: queues.integration,
          args: [{ orgId, taskQueues: queues, times: protocol, maxHistoryEvents, state: null }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          typedSearchAttributes: new TypedSearchAttributes([
            { key: searchAttributes.orgId, value: orgId },
            { key: searchAttributes.installationState, value: 'validating' },
          ]),
          staticSummary: `SmartRecruiters connection of organization ${orgId}`,
        },
      );
      return await client.workflow.startUpdateWithStart(connectUpdate, {
        args: [command],
        updateId: command.meta.commandId,
        waitForStage: 'ACCEPTED',
        startWorkflowOperation,
      });
    });
  }

  async function hint(signal: () => Promise<void>): Promise<{ delivered: boolean }> {
    try {
      await client.withDeadline(Date.now() + times.lookMs, signal);
      return { delivered: true };
    } catch {
      return { delivered: false };
    }
  }

  async function isReachable(): Promise<boolean> {
    try {
      await client.withDeadline(Date.now() + times.lookMs, () =>
        client.workflowService.getSystemInfo({}),
      );
      return true;
    } catch {
      return false;
    }
  }

  return {
    async connect(input) {
      const first = await connectOnce(input);
      // The run that was met closed under the command; a second call starts a fresh one.
      if (!metAClosingRun(first) && !isNotInstalled(first)) return first;
      const second = await connectOnce(input);
      return metAClosingRun(second) ? unavailable : second;
    },
    validate: (input) => send(validateUpdate, input),
    changeSettings: (input) => send(settingsUpdate, input),
    pause: (input) => send(pauseUpdate, input),
    resume: (input) => send(resumeUpdate, input),
    setRole: (input) => send(roleUpdate, input),
    setRoles: (input) => send(rolesUpdate, input),
    removeRole: (input) => send(removeRoleUpdate, input),
    refresh: (input) => send(refreshUpdate, input),
    choose: (input) => send(choiceUpdate, input),
    confirmMail: (input) => send(confirmMailUpdate, input),
    uninstall: (input) => send(uninstallUpdate, input),

    async previewLoad({ orgId, change }) {
      const outcome = await settle(() =>
        client.workflow
          .getHandle(installationWorkflowId({ orgId }))
          .startUpdate(previewLoadUpdate, { args: [change], waitForStage: 'ACCEPTED' }),
      );
      return metAClosingRun(outcome) ? refused(failureTypes.notInstalled) : outcome;
    },

    async commandOutcome({ orgId, commandId }) {
      const handle = client.workflow
        .getHandle(installationWorkflowId({ orgId }))
        .getUpdateHandle<CommandResult>(commandId);
      try {
        const result = await client.withDeadline(Date.now() + times.lookMs, () => handle.result());
        return { kind: 'done', result };
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) return failed(error);
        if (error instanceof WorkflowNotFoundError) return { kind: 'unknown' };
        const isDeadline = error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;
        // Time-outs of a running command and of a Temporal that is away look alike.
        return isDeadline && (await isReachable()) ? { kind: 'pending' } : unavailable;
      }
    },

    botEvent: (key) =>
      hint(() => client.workflow.getHandle(joinInterviewWorkflowId(key)).signal(botEventSignal)),
    nudgeWatch: (life) =>
      hint(() => client.workflow.getHandle(interviewWatchWorkflowId(life)).signal(nudgeSignal)),

    async fetchArtifact(key) {
      const startedAt = Date.now();
      try {
        const handle = await client.withDeadline(startedAt + times.acceptMs, () =>
          client.workflow.start<FetchArtifactWorkflow>('fetchArtifact', {
            workflowId: fetchArtifactWorkflowId(key),
            taskQueue: queues.integration,
            args: [{ ...key, taskQueues: queues }],
            workflowIdConflictPolicy: 'USE_EXISTING',
            workflowIdReusePolicy: 'ALLOW_DUPLICATE',
            typedSearchAttributes: new TypedSearchAttributes([
              { key: searchAttributes.orgId, value: key.orgId },
              { key: searchAttributes.interviewId, value: key.interviewId },
            ]),
            staticSummary: `The ${key.kind} of interview ${key.interviewId}`,
          }),
        );
        const { state } = await client.withDeadline(startedAt + times.answerMs, () =>
          handle.result(),
        );
        return { kind: 'done', state };
      } catch (error) {
        logger?.warn({ err: error }, 'an artifact could not be fetched in time');
        return { kind: 'unavailable' };
      }
    },

    isReachable,
  };
}

type Unfinished = Exclude<CommandOutcome<never>, { kind: 'done' }>;

const unavailable: Unfinished = { kind: 'unavailable' };

/** The server's own type for an update whose run ended before its handler did. */
const closedUnderUpdate = 'AcceptedUpdateCompletedWorkflow';

function metAClosingRun(outcome: CommandOutcome<unknown>): boolean {
  return outcome.kind === 'failed' && outcome.failure.type === closedUnderUpdate;
}

function isNotInstalled(outcome: CommandOutcome<unknown>): boolean {
  return outcome.kind === 'failed' && outcome.failure.type === failureTypes.notInstalled;
}

function outcomeOfRefusal(error: unknown): Unfinished {
  if (error instanceof WorkflowUpdateFailedError) return failed(error);
  if (error instanceof WorkflowNotFoundError) {
    return refused(failureTypes.notInstalled);
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const text = isGrpcServiceError(cause) ? cause.details : '';
  if (/workflow execution already completed|workflow.*(is )?closing/i.test(text)) {
    return refused(closedUnderUpdate);
  }
  return unavailable;
}

function failed(error: WorkflowUpdateFailedError): Unfinished {
  let cause: unknown = error.cause;
  // An activity's failure arrives wrapped; the innermost application failure names the reason.
  let found: ApplicationFailure | null = null;
  while (cause instanceof Error) {
    if (cause instanceof ApplicationFailure) found = cause;
    cause = cause.cause;
  }
  return {
    kind: 'failed',
    failure: {
      type: found?.type ?? 'Unknown',
      message: found?.message ?? error.message,
      bodyDigest: digestIn(found?.details?.[0]),
    },
  };
}

/** The installation puts the digest of the command into the details of its failure. */
function digestIn(detail: unknown): string | null {
  const { bodyDigest } = (detail ?? {}) as { bodyDigest?: unknown };
  return typeof bodyDigest === 'string' ? bodyDigest : null;
}

function refused(type: string): Unfinished {
  return { kind: 'failed', failure: { type, message: 'no run takes it', bodyDigest: null } };
}

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AttentionCode, OpenAttentions } from './attention.js';
import type { LoadChange, LoadEstimate } from './load-estimate.js';
import type { ProtocolTimes } from './protocol-times.js';
import type { ScopeReport } from './scopes.js';
import type { Settings, SettingsPatch } from './settings.js';
import type { TaskQueues } from './task-queues.js';

export type InstallationPhase = 'validating' | 'active' | 'paused' | 'uninstalling';

/** Who commands: the subject of the Pillar token, never a name. */
export interface Actor {
  subject: string;
  role: 'owner' | 'admin';
}

/** Part of every command. */
export interface CommandMeta {
  /** The update id: from the idempotency key, or random. Also the key in `commands`. */
  commandId: string;
  /** Digest of the request's body, so that a key reused for another body is found out. */
  bodyDigest: string | null;
  by: Actor;
  at: number;
  /** Expected version of what is changed (`If-Match`), else null. */
  ifVersion: number | null;
}

/** A bot that an acknowledged off could not yet see gone. */
export interface Stopping {
  interviewId: string;
  jobId: string;
  since: number;
  reason: StopReason;
}

export type StopReason = 'request_of_unknown_fate' | 'leaving' | 'provider_unreachable';

/** A holder that an off still has to settle, keyed by (holderId, attempt). */
export interface PendingStop {
  roomKey: string;
  holderId: string;
  attempt: number;
  interviewId: string;
  jobId: string;
  sessionId: string;
  holderState: 'requesting' | 'stopping';
  since: number;
  reason: StopReason;
}

/** The answer to a command; the resource itself is read from the read model. */
export interface CommandResult {
  commandId: string;
  bodyDigest: string | null;
  phase: InstallationPhase;
  version: number;
  stopping: Stopping[];
  receiptId: string | null;
}

export interface ConnectCommand {
  meta: CommandMeta;
  /** Names the sealed upload in `credentials`; the secret itself never enters a workflow. */
  credentialRef: string;
}
export interface PlainCommand {
  meta: CommandMeta;
}
export interface SettingsCommand {
  meta: CommandMeta;
  patch: SettingsPatch;
}
export interface RoleCommand {
  meta: CommandMeta;
  jobId: string;
  enabled: boolean;
  scheduled: 'include' | 'exclude';
}
/** Many roles at once: they change one part after the other, with one answer. */
export interface RolesCommand {
  meta: CommandMeta;
  jobIds: string[];
  enabled: boolean;
  scheduled: 'include' | 'exclude';
}
export interface RemoveRoleCommand {
  meta: CommandMeta;
  jobId: string;
}
export interface RefreshCommand {
  meta: CommandMeta;
  target: { kind: 'role'; jobId: string } | { kind: 'interview'; interviewId: string };
}
export interface ChoiceCommand {
  meta: CommandMeta;
  interviewId: string;
  action: 'join' | 'skip' | 'reset';
  /** Sealed by the API: free text and links of people do not enter histories. */
  sealedReason: string | null;
  sealedLink: string | null;
}

export const connectUpdate = defineUpdate<CommandResult, [ConnectCommand]>('connect');
export const validateUpdate = defineUpdate<CommandResult, [PlainCommand]>('validate');
export const settingsUpdate = defineUpdate<CommandResult, [SettingsCommand]>('changeSettings');
export const pauseUpdate = defineUpdate<CommandResult, [PlainCommand]>('pause');
export const resumeUpdate = defineUpdate<CommandResult, [PlainCommand]>('resume');
export const roleUpdate = defineUpdate<CommandResult, [RoleCommand]>('setRole');
export const rolesUpdate = defineUpdate<CommandResult, [RolesCommand]>('setRoles');
export const removeRoleUpdate = defineUpdate<CommandResult, [RemoveRoleCommand]>('removeRole');
export const refreshUpdate = defineUpdate<CommandResult, [RefreshCommand]>('refresh');
export const choiceUpdate = defineUpdate<CommandResult, [ChoiceCommand]>('choose');
export const confirmMailUpdate = defineUpdate<CommandResult, [PlainCommand]>('confirmMail');
export const uninstallUpdate = defineUpdate<CommandResult, [PlainCommand]>('uninstall');

/** Changes nothing: asks the vendor what a change would mean, beside the commands. */
export const previewLoadUpdate = defineUpdate<LoadEstimate, [LoadChange]>('previewLoad');

/** `count`: how many things it is about, where that matters. */
export interface AttentionEvent {
  generation: string;
  code: AttentionCode;
  open: boolean;
  count?: number | null;
  at: number;
}

/** From the watch's activities: something needs an Owner, or no longer does. */
export const attentionSignal = defineSignal<[AttentionEvent]>('attention');

/** For operators: the whole carried state. */
export const installationStateQuery = defineQuery<InstallationState>('state');

export interface InstallationInput {
  orgId: string;
  taskQueues: TaskQueues;
  times: ProtocolTimes;
  /** Continue as new at this many events; null leaves it to the server's suggestion. */
  maxHistoryEvents: number | null;
  /** Carried across continue-as-new; null at the first start. */
  state: InstallationState | null;
}

export interface InstallationResult {
  outcome: 'rejected' | 'uninstalled' | 'never_installed';
  receiptId: string | null;
}

/** Interviews whose decision must be taken anew after a command. */
export type ReconcileScope =
  | { kind: 'all' }
  | { kind: 'role'; jobId: string }
  | { kind: 'interview'; interviewId: string };

export interface RememberedCommand {
  commandId: string;
  /** Of the body that was carried out, whatever a later sender sends under the same id. */
  bodyDigest: string | null;
  result: CommandResult | null;
  failure: { type: string; message: string } | null;
}

export interface PendingValidation {
  commandId: string;
  kind: 'install' | 'replace' | 'probe';
  credentialRef: string;
}

/** Plain JSON, carried across continue-as-new; `workflows/state/upgrade.ts` lifts older versions. */
export interface InstallationState {
  schemaVersion: 1;
  orgId: string;
  generation: string;
  /** null until the first connect was accepted. */
  phase: InstallationPhase | null;
  settings: Settings;
  scopes: ScopeReport[];
  attentions: OpenAttentions;
  credentialRef: string | null;
  version: number;
  /** The highest epoch that this installation has given to a fence. */
  epoch: number;
  stops: PendingStop[];
  validation: PendingValidation | null;
  reconcile: ReconcileScope[];
  remembered: RememberedCommand[];
  receiptId: string | null;
}

import type { InstallationFence, ProbeOutcome } from '../contracts/activities.js';
import type { AttentionCode, OpenAttentions } from '../contracts/attention.js';
import { type FailureType, failureTypes } from '../contracts/failure-types.js';
import type {
  ChoiceCommand,
  ConnectCommand,
  InstallationState,
  PendingValidation,
  PlainCommand,
  ReconcileScope,
  RefreshCommand,
  RemoveRoleCommand,
  RoleCommand,
  RolesCommand,
  SettingsCommand,
} from '../contracts/installation.js';
import { type ScopeReport, scopeFeatures } from '../contracts/scopes.js';
import { defaultSettings, type Settings } from '../contracts/settings.js';
import { mergeSettings } from '../contracts/settings-merge.js';
import { narrows, needsCandidateEmails } from './settings-patch.js';

/** Everything that moves an installation: a person's commands, and two events from within. */
export type Command =
  | ({ kind: 'connect'; newGeneration: string } & ConnectCommand)
  | ({ kind: 'validate' } & PlainCommand)
  | ({ kind: 'settings' } & SettingsCommand)
  | ({ kind: 'pause' } & PlainCommand)
  | ({ kind: 'resume' } & PlainCommand)
  | ({ kind: 'role' } & RoleCommand)
  /** One step of a command about many roles; `epoch` of the first one, which all others carry. */
  | ({ kind: 'roles'; epoch: number | null } & RolesCommand)
  | ({ kind: 'removeRole' } & RemoveRoleCommand)
  | ({ kind: 'refresh' } & RefreshCommand)
  | ({ kind: 'choice' } & ChoiceCommand)
  | ({ kind: 'confirmMail' } & PlainCommand)
  | ({ kind: 'uninstall'; newReceiptId: string } & PlainCommand)
  | { kind: 'validated'; validation: PendingValidation; outcome: ProbeOutcome; at: number }
  | { kind: 'attention'; code: AttentionCode; open: boolean; count?: number | null; at: number };

/** What the workflow has to do for a transition; the state becomes `next` when it is done. */
export type Effect =
  | { kind: 'nothing' }
  | { kind: 'open' }
  | { kind: 'discardInstallation'; credentialRef: string }
  | { kind: 'discardCredential'; credentialRef: string }
  | {
      kind: 'change';
      fence: InstallationFence;
      event: string;
      retiredCredentialRef: string | null;
      watch: 'start' | 'pause' | 'resume' | 'nudge' | null;
    }
  | { kind: 'role'; command: RoleCommand | RemoveRoleCommand }
  | { kind: 'roles'; command: RolesCommand; epoch: number }
  | { kind: 'choice'; command: ChoiceCommand }
  | { kind: 'refresh'; command: RefreshCommand }
  | { kind: 'confirmMail' };

export type Plan =
  | { kind: 'refused'; type: FailureType; message: string }
  | { kind: 'go'; next: InstallationState; effect: Effect };

export function newInstallationState(orgId: string): InstallationState {
  return {
    schemaVersion: 1,
    orgId,
    generation: '',
    phase: null,
    settings: defaultSettings,
    scopes: [],
    attentions: {},
    credentialRef: null,
    version: 0,
    epoch: 0,
    stops: [],
    validation: null,
    reconcile: [],
    remembered: [],
    receiptId: null,
  };
}

/**
 * The transitions of an installation: `validating → active ⇄ paused`, any `→ uninstalling`.
 * Pure: the workflow carries out the effect and then takes `next`. Every command may come twice.
 */
export function planCommand(state: InstallationState, command: Command): Plan {
  switch (command.kind) {
    case 'connect':
      return planConnect(state, command);
    case 'validated':
      return planValidated(state, command);
    case 'attention':
      return planAttention(state, command);
    case 'uninstall':
      return planUninstall(state, command);
    default:
      return state.phase === 'active' || state.phase === 'paused'
        ? planOperating(state, command)
        : refusedBy(state);
  }
}

/** What a validator may say before anything is written: commands that no state can take now. */
export function refusalFor(
  state: InstallationState,
  kind: Command['kind'],
): { type: FailureType; message: string } | null {
  if (state.phase === 'uninstalling' && kind !== 'uninstall') {
    return { type: failureTypes.uninstalling, message: 'The installation is being removed.' };
  }
  if (state.phase === null && kind !== 'connect') {
    return { type: failureTypes.notInstalled, message: 'There is no installation.' };
  }
  return null;
}

function refusedBy(state: InstallationState): Plan {
  return state.phase === 'uninstalling'
    ? refused(failureTypes.uninstalling, 'The installation is being removed.')
    : refused(failureTypes.notInstalled, 'The installation is not active yet.');
}

function planConnect(
  state: InstallationState,
  command: Extract<Command, { kind: 'connect' }>,
): Plan {
  if (state.phase === 'uninstalling') return refusedBy(state);
  const validation: PendingValidation = {
    commandId: command.meta.commandId,
    kind: state.phase === null ? 'install' : 'replace',
    credentialRef: command.credentialRef,
  };
  if (state.phase !== null) return go({ ...state, validation }, { kind: 'nothing' });
  return go(
    {
      ...state,
      generation: command.newGeneration,
      phase: 'validating',
      credentialRef: command.credentialRef,
      validation,
      version: state.version + 1,
    },
    { kind: 'open' },
  );
}

function planValidated(
  state: InstallationState,
  command: Extract<Command, { kind: 'validated' }>,
): Plan {
  const { validation, outcome, at } = command;
  if (state.validation?.commandId !== validation.commandId) return go(state, { kind: 'nothing' });
  const settled = { ...state, validation: null };
  if (state.phase === 'uninstalling') return go(settled, { kind: 'nothing' });

  if (outcome.outcome !== 'accepted') {
    if (validation.kind === 'install') {
      return go(
        { ...settled, phase: null, credentialRef: null },
        { kind: 'discardInstallation', credentialRef: validation.credentialRef },
      );
    }
    if (validation.kind === 'replace') {
      return go(settled, {
        kind: 'discardCredential',
        credentialRef: validation.credentialRef,
      });
    }
    return outcome.outcome === 'rejected'
      ? planAttention(settled, { kind: 'attention', code: 'credentials_rejected', open: true, at })
      : go(settled, { kind: 'nothing' });
  }

  const attentions = withScopeAttention(
    without(settled.attentions, 'credentials_rejected'),
    outcome.scopes,
    settled.settings,
    at,
  );
  const checked = { ...settled, scopes: outcome.scopes, attentions, version: state.version + 1 };
  if (validation.kind === 'install') {
    const epoch = state.epoch + 1;
    return go(
      { ...checked, phase: 'active', epoch },
      change('installed', { fence: { kind: 'installation', off: false, epoch }, watch: 'start' }),
    );
  }
  const replaced =
    validation.kind === 'replace' && validation.credentialRef !== state.credentialRef;
  return go(
    { ...checked, credentialRef: replaced ? validation.credentialRef : state.credentialRef },
    change(replaced ? 'credentials_replaced' : 'scopes_checked', {
      retiredCredentialRef: replaced ? state.credentialRef : null,
      watch: 'nudge',
    }),
  );
}

function planAttention(
  state: InstallationState,
  command: Extract<Command, { kind: 'attention' }>,
): Plan {
  const known = state.attentions[command.code];
  const count = command.count ?? null;
  const isSame = (known !== undefined) === command.open && (known?.count ?? null) === count;
  const operating = state.phase === 'active' || state.phase === 'paused';
  if (isSame || !operating) return go(state, { kind: 'nothing' });
  const attentions = command.open
    ? {
        ...state.attentions,
        [command.code]: {
          since: known?.since ?? command.at,
          ...(count === null ? {} : { count }),
        },
      }
    : without(state.attentions, command.code);
  return go(
    { ...state, attentions, version: state.version + 1 },
    change(command.open ? `attention_${command.code}` : `attention_${command.code}_over`, {}),
  );
}

function planUninstall(
  state: InstallationState,
  command: Extract<Command, { kind: 'uninstall' }>,
): Plan {
  if (state.phase === 'uninstalling') return go(state, { kind: 'nothing' });
  if (state.phase === null) return refusedBy(state);
  const epoch = state.epoch + 1;
  return go(
    {
      ...state,
      phase: 'uninstalling',
      epoch,
      attentions: {},
      reconcile: [],
      receiptId: command.newReceiptId,
      version: state.version + 1,
    },
    change('uninstall_requested', { fence: { kind: 'installation', off: true, epoch } }),
  );
}

type OperatingCommand = Exclude<
  Command,
  { kind: 'connect' | 'validated' | 'attention' | 'uninstall' }
>;

function planOperating(state: InstallationState, command: OperatingCommand): Plan {
  switch (command.kind) {
    case 'validate':
      return go(
        {
          ...state,
          validation: {
            commandId: command.meta.commandId,
            kind: 'probe',
            credentialRef: state.credentialRef ?? '',
          },
        },
        { kind: 'nothing' },
      );
    case 'settings':
      return planSettings(state, command);
    case 'pause':
    case 'resume':
      return planPause(state, command.kind);
    case 'role':
    case 'removeRole':
      return go(withReconcile(nextEpoch(state), { kind: 'role', jobId: command.jobId }), {
        kind: 'role',
        command,
      });
    case 'roles':
      return planRoles(state, command);
    case 'choice':
      return go(nextEpoch(state), { kind: 'choice', command });
    case 'refresh':
      return go(state, { kind: 'refresh', command });
    case 'confirmMail':
      return go(
        withReconcile(
          {
            ...state,
            attentions: without(state.attentions, 'mail_confirmation'),
            version: state.version + 1,
          },
          { kind: 'all' },
        ),
        { kind: 'confirmMail' },
      );
  }
}

/** What somebody said of a role between two steps has a higher epoch than the command, and stands. */
function planRoles(state: InstallationState, command: Extract<Command, { kind: 'roles' }>): Plan {
  const next = command.epoch === null ? nextEpoch(state) : state;
  const epoch = command.epoch ?? next.epoch;
  return go(withReconcile(next, { kind: 'all' }), { kind: 'roles', command, epoch });
}

function planSettings(
  state: InstallationState,
  command: Extract<Command, { kind: 'settings' }>,
): Plan {
  const { meta } = command;
  if (meta.ifVersion !== null && meta.ifVersion !== state.version) {
    return refused(failureTypes.versionMismatch, 'Somebody else changed the settings meanwhile.');
  }
  const settings = mergeSettings({
    settings: state.settings,
    patch: command.patch,
    declaredBy: meta.by.subject,
    declaredAt: meta.at,
  });
  if (needsCandidateEmails(settings)) {
    return refused(
      failureTypes.consentNeedsCandidateEmails,
      'Consent by notice needs the e-mails to candidates.',
    );
  }
  const narrower = narrows(state.settings, settings);
  const epoch = narrower ? state.epoch + 1 : state.epoch;
  const next: InstallationState = {
    ...state,
    settings,
    epoch,
    attentions: withScopeAttention(state.attentions, state.scopes, settings, meta.at),
    version: state.version + 1,
  };
  return go(
    withReconcile(next, { kind: 'all' }),
    change('settings_changed', {
      fence: narrower ? { kind: 'settings', epoch } : null,
      watch: settings.captureMode === state.settings.captureMode ? null : 'nudge',
    }),
  );
}

function planPause(state: InstallationState, kind: 'pause' | 'resume'): Plan {
  const phase = kind === 'pause' ? 'paused' : 'active';
  if (state.phase === phase) return go(state, { kind: 'nothing' });
  const epoch = state.epoch + 1;
  const next: InstallationState = { ...state, phase, epoch, version: state.version + 1 };
  return go(
    withReconcile(next, { kind: 'all' }),
    change(kind === 'pause' ? 'paused' : 'resumed', {
      fence: { kind: 'installation', off: kind === 'pause', epoch },
      watch: kind,
    }),
  );
}

/** Opens or closes the attention about scopes: it is raised only for what the settings use. */
function withScopeAttention(
  attentions: OpenAttentions,
  scopes: ScopeReport[],
  settings: Settings,
  at: number,
): OpenAttentions {
  const lost = scopes.some(
    ({ scope, status }) =>
      status === 'missing' &&
      (scopeFeatures[scope].essential ||
        (scope === 'users_read' && settings.engagement.interviewerEmails)),
  );
  if (!lost) return without(attentions, 'scope_missing');
  return { ...attentions, scope_missing: attentions.scope_missing ?? { since: at } };
}

function without(attentions: OpenAttentions, code: AttentionCode): OpenAttentions {
  const { [code]: _, ...others } = attentions;
  return others;
}

function nextEpoch(state: InstallationState): InstallationState {
  return { ...state, epoch: state.epoch + 1 };
}

/** Adds work for the decisions; a scope that is already covered is not added again. */
export function withReconcile(state: InstallationState, scope: ReconcileScope): InstallationState {
  if (scope.kind === 'all') return { ...state, reconcile: [scope] };
  const covered = state.reconcile.some(
    (open) => open.kind === 'all' || JSON.stringify(open) === JSON.stringify(scope),
  );
  return covered ? state : { ...state, reconcile: [...state.reconcile, scope] };
}

/**
 * The scopes to decide anew after a command that took a while: `asked` were open when it was planned,
 * some of them are done by now, and the command may have added its own.
 */
export function reconcileAfter(input: {
  before: InstallationState;
  asked: readonly ReconcileScope[];
  next: InstallationState;
}): ReconcileScope[] {
  const { before, asked, next } = input;
  if (next.phase === 'uninstalling') return [];
  const added = next.reconcile.filter((scope) => !asked.includes(scope));
  return added.reduce((state, scope) => withReconcile(state, scope), before).reconcile;
}

function change(
  event: string,
  parts: Partial<Omit<Extract<Effect, { kind: 'change' }>, 'kind' | 'event'>>,
): Effect {
  return { kind: 'change', event, fence: null, retiredCredentialRef: null, watch: null, ...parts };
}

function go(next: InstallationState, effect: Effect): Plan {
  return { kind: 'go', next, effect };
}

function refused(type: FailureType, message: string): Plan {
  return { kind: 'refused', type, message };
}

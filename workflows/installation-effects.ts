import { ApplicationFailure } from '@temporalio/workflow';
import type { storeActivities } from './activity-proxies.js';
import type { CommandRecord, InstallationSnapshot } from './contracts/activities.js';
import { attentionsInOrder } from './contracts/attention.js';
import type { CommandResult, InstallationState, PendingStop } from './contracts/installation.js';
import type { Command, Effect } from './state/installation-machine.js';
import type { WatchControl } from './watch-control.js';

export interface Effects {
  /**
   * Carries out a transition outside, before the workflow takes its new state: a crash in between
   * repeats it. Returns the holders that it left stopping. Puts into `next` what only the store knows.
   */
  perform(command: Command, effect: Effect, next: InstallationState): Promise<PendingStop[]>;
}

/** What each effect of the installation's state machine means in activities. */
export function createEffects(input: {
  store: ReturnType<typeof storeActivities>;
  watch: WatchControl;
}): Effects {
  const { store, watch } = input;
  return { perform };

  async function perform(
    command: Command,
    effect: Effect,
    next: InstallationState,
  ): Promise<PendingStop[]> {
    const at = { orgId: next.orgId, generation: next.generation };
    const record = recordFor(command, next);
    switch (effect.kind) {
      case 'nothing':
        if (record !== null && !isValidation(command)) {
          await store.recordCommand({ ...at, ...record, failure: null });
        }
        return [];
      case 'open': {
        const { epoch } = await store.openInstallation.executeWithOptions(
          { summary: 'open a new life' },
          [{ ...at, snapshot: snapshotOf(next), by: record?.meta.by.subject ?? 'system' }],
        );
        next.epoch = epoch;
        return [];
      }
      case 'discardInstallation':
        await store.discardInstallation.executeWithOptions({ summary: 'store nothing' }, [
          { ...at, credentialRef: effect.credentialRef },
        ]);
        return [];
      case 'discardCredential':
        await store.discardCredential.executeWithOptions({ summary: 'destroy the upload' }, [
          { ...at, credentialRef: effect.credentialRef },
        ]);
        return [];
      case 'change': {
        const { stops } = await store.applyInstallationChange.executeWithOptions(
          { summary: effect.event },
          [
            {
              ...at,
              snapshot: snapshotOf(next),
              fence: effect.fence,
              command: record,
              event: effect.event,
              retiredCredentialRef: effect.retiredCredentialRef,
            },
          ],
        );
        if (effect.watch !== null) await watch.tell(effect.watch, at);
        return stops;
      }
      case 'role': {
        const { command: role } = effect;
        const { stops } = await store.applyRoleChange.executeWithOptions(
          { summary: 'enabled' in role && role.enabled ? 'role on' : 'role off' },
          [
            {
              ...at,
              jobId: role.jobId,
              change:
                'enabled' in role
                  ? { kind: 'set', enabled: role.enabled, scheduled: role.scheduled }
                  : { kind: 'remove' },
              epoch: next.epoch,
              command: required(record),
            },
          ],
        );
        if ('enabled' in role && role.enabled) await watch.tell('nudge', at);
        return stops;
      }
      case 'roles': {
        const { epoch, command } = effect;
        const { jobIds, enabled, scheduled } = command;
        const { stops } = await store.applyRoleChanges.executeWithOptions(
          { summary: `${jobIds.length} roles ${enabled ? 'on' : 'off'}` },
          [{ ...at, jobIds, enabled, scheduled, epoch, command: required(record) }],
        );
        if (enabled) await watch.tell('nudge', at);
        return stops;
      }
      case 'choice': {
        const { interviewId, action, sealedReason, sealedLink } = effect.command;
        const { stops } = await store.applyChoice.executeWithOptions(
          { summary: `a person's ${action}` },
          [
            {
              ...at,
              interviewId,
              action,
              sealedReason,
              sealedLink,
              epoch: next.epoch,
              command: required(record),
            },
          ],
        );
        if (action === 'join') await watch.tell('nudge', at);
        return stops;
      }
      case 'refresh':
        await store.requestRefresh.executeWithOptions({ summary: 'read anew' }, [
          { ...at, target: effect.command.target, command: required(record) },
        ]);
        await watch.tell('nudge', at);
        return [];
      case 'confirmMail':
        await store.confirmMail.executeWithOptions({ summary: 'let the notices go' }, [
          { ...at, command: required(record) },
        ]);
        return [];
    }
  }

  function recordFor(command: Command, next: InstallationState): CommandRecord | null {
    if (command.kind === 'validated' || command.kind === 'attention') return null;
    const { meta } = command;
    const result: CommandResult = {
      commandId: meta.commandId,
      bodyDigest: meta.bodyDigest,
      phase: next.phase ?? 'validating',
      version: next.version,
      stopping: [],
      receiptId: next.receiptId,
    };
    return { meta, result };
  }
}

function snapshotOf(of: InstallationState): InstallationSnapshot {
  return {
    phase: of.phase ?? 'validating',
    settings: of.settings,
    scopes: of.scopes,
    attentions: attentionsInOrder(of.attentions),
    credentialRef: of.credentialRef,
    version: of.version,
    receiptId: of.receiptId,
  };
}

/** Commands that are answered only once a validation has ended. */
export function isValidation(command: Command): boolean {
  return command.kind === 'connect' || command.kind === 'validate';
}

function required(record: CommandRecord | null): CommandRecord {
  if (record === null) throw ApplicationFailure.nonRetryable('a command without a sender');
  return record;
}

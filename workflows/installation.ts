import type { UpdateDefinition } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { interactiveActivities, longActivities, storeActivities } from './activity-proxies.js';
import type { Life } from './contracts/activities.js';
import { failureTypes } from './contracts/failure-types.js';
import { interviewWatchWorkflowId } from './contracts/ids.js';
import {
  attentionSignal,
  type CommandResult,
  choiceUpdate,
  confirmMailUpdate,
  connectUpdate,
  type InstallationInput,
  type InstallationResult,
  type InstallationState,
  installationStateQuery,
  type PendingStop,
  type PlainCommand,
  pauseUpdate,
  previewLoadUpdate,
  type RememberedCommand,
  type RolesCommand,
  refreshUpdate,
  removeRoleUpdate,
  resumeUpdate,
  rolesUpdate,
  roleUpdate,
  settingsUpdate,
  uninstallUpdate,
  validateUpdate,
} from './contracts/installation.js';
import type { LoadChange, LoadEstimate } from './contracts/load-estimate.js';
import { searchAttributes } from './contracts/search-attributes.js';
import { createEffects, isValidation } from './installation-effects.js';
import { eventsOfRun, isRunLong } from './run-length.js';
import { recall, remember } from './state/command-outcomes.js';
import { installationDetails } from './state/details.js';
import {
  type Command,
  newInstallationState,
  planCommand,
  reconcileAfter,
  refusalFor,
} from './state/installation-machine.js';
import { stillStopping, stopKey, withoutStop, withStops } from './state/pending-stops.js';
import { createWatchControl } from './watch-control.js';

/** So many removals run at once; a pause with more live bots works through them. */
const stopsAtOnce = 50;
/** So many roles of one command change in one step of the loop, which an off may wait for. */
const rolesInAStep = 25;
/** A run that was started for a connect that was refused at once ends by itself. */
const idleBeforeConnectMs = 60_000;

type PersonsCommand = Exclude<Command, { kind: 'validated' | 'attention' }>;

interface Outcome {
  result: CommandResult | null;
  failure: { type: string; message: string } | null;
}

interface Queued {
  command: Command;
  outcome: Outcome | null;
  /** That its fences carry, once it is carried out. */
  epoch: number | null;
  stops: PendingStop[];
}

/**
 * One organization's connection to SmartRecruiters, from install to uninstall.
 *
 * Started by the API with the first `connect` (update-with-start), id `installation/{orgId}`.
 * Takes every command as an Update; handlers queue the command and wait, the main loop carries out
 * one at a time, each a short transition. What takes long (validating a credential, settling bots
 * that must leave, deciding interviews anew, removing an installation) runs beside the loop and is
 * part of the carried state, so an off never waits behind it. The signal `attention` comes from the
 * watch. Continues as new between commands when history has grown; ends when the first credential
 * is refused or the installation is removed.
 */
export async function installation(input: InstallationInput): Promise<InstallationResult> {
  const store = storeActivities(input);
  const interactive = interactiveActivities(input);
  const long = longActivities(input);
  const effects = createEffects({ store, watch: createWatchControl(input) });
  let state: InstallationState = input.state ?? newInstallationState(input.orgId);
  const queue: Queued[] = [];
  let ended: InstallationResult['outcome'] | null = null;
  /** Set while the run is about to continue as new: nothing new begins beside the loop. */
  let leaving = false;
  let running = 0;
  /** Of what runs beside the loop; all of it is in the state and can begin anew. */
  let runningScope = new CancellationScope();
  /** Questions to the vendor that people wait for: no receipt is signed before they are answered. */
  let asking = 0;
  /** How validations of this run ended, for the handlers that wait for them. */
  const validated = new Map<string, Outcome>();
  const settling = new Set<string>();
  let someoneValidates = false;

  const life = (): Life => ({ orgId: state.orgId, generation: state.generation });

  takes(connectUpdate, 'connect', (command) =>
    inTurn(() => submit({ kind: 'connect', newGeneration: uuid4(), ...command })),
  );
  takes(validateUpdate, 'validate', (command) =>
    inTurn(() => submit({ kind: 'validate', ...command })),
  );
  takes(settingsUpdate, 'settings', (command) => submit({ kind: 'settings', ...command }));
  takes(pauseUpdate, 'pause', (command) => submit({ kind: 'pause', ...command }));
  takes(resumeUpdate, 'resume', (command) => submit({ kind: 'resume', ...command }));
  takes(roleUpdate, 'role', async (command) => {
    // Outside the loop: the vendor may have to be asked, and an off must not wait for that.
    if (command.enabled) await ensureJob(command.jobId);
    return await submit({ kind: 'role', ...command });
  });
  takes(rolesUpdate, 'roles', async (command) => {
    if (command.enabled) await ensureJobs(command.jobIds);
    return await submit({ kind: 'roles', epoch: null, ...command }, stepsOf(command));
  });
  takes(removeRoleUpdate, 'removeRole', (command) => submit({ kind: 'removeRole', ...command }));
  takes(refreshUpdate, 'refresh', (command) => submit({ kind: 'refresh', ...command }));
  takes(choiceUpdate, 'choice', (command) => submit({ kind: 'choice', ...command }));
  takes(confirmMailUpdate, 'confirmMail', (command) => submit({ kind: 'confirmMail', ...command }));
  takes(uninstallUpdate, 'uninstall', (command) =>
    submit({ kind: 'uninstall', newReceiptId: uuid4(), ...command }),
  );
  setHandler<LoadEstimate, [LoadChange], typeof previewLoadUpdate>(
    previewLoadUpdate,
    async (change: LoadChange) =>
      await asked(() =>
        interactive.estimateLoad.executeWithOptions({ summary: 'what a change would cost' }, [
          { ...life(), ...change },
        ]),
      ),
    { validator: (_change: LoadChange) => assertTakes('settings') },
  );
  setHandler(attentionSignal, ({ generation, ...event }) => {
    if (generation !== state.generation) return;
    queue.push({
      command: { kind: 'attention', ...event },
      outcome: null,
      epoch: null,
      stops: [],
    });
  });
  setHandler(installationStateQuery, () => state);

  beside(validateWhenAsked);
  beside(settleStopsAsTheyCome);
  beside(decideAnewWhenAsked);
  beside(removeWhenAsked);
  showDetails();

  while (ended === null) {
    const next = queue.shift();
    if (next !== undefined) {
      await carryOut(next);
      continue;
    }
    if (isRunLong(input.maxHistoryEvents)) await continueWhenQuiet();
    const quiet = () => queue.length > 0 || ended !== null || isRunLong(input.maxHistoryEvents);
    if (state.phase === null && !(await condition(quiet, idleBeforeConnectMs))) {
      ended = 'never_installed';
    } else if (state.phase !== null) {
      await condition(quiet);
    }
  }
  // A handler that waited for its turn may queue its command only now.
  while (!allHandlersFinished()) {
    for (const left of queue.splice(0)) refuse(left);
    await condition(() => allHandlersFinished() || queue.length > 0);
  }
  return { outcome: ended, receiptId: state.receiptId };

  // --- commands ---------------------------------------------------------------------------------

  /** Registers a command; what no state can take now is refused before anything is written. */
  function takes<Input extends PlainCommand>(
    definition: UpdateDefinition<CommandResult, [Input]>,
    kind: Command['kind'],
    handler: (command: Input) => Promise<CommandResult>,
  ): void {
    setHandler<CommandResult, [Input], typeof definition>(definition, handler, {
      validator: (_command: Input) => assertTakes(kind),
    });
  }

  function assertTakes(kind: Command['kind']): void {
    const refusal = refusalFor(state, kind);
    if (refusal !== null) throw ApplicationFailure.nonRetryable(refusal.message, refusal.type);
  }

  /** From its queueing to its answer: a second validation would take the place of the first. */
  async function inTurn(validate: () => Promise<CommandResult>): Promise<CommandResult> {
    const free = () => !someoneValidates && state.validation === null;
    // Several are woken at once: whoever comes first takes the turn.
    while (!free()) await condition(free);
    someoneValidates = true;
    try {
      return await validate();
    } finally {
      someoneValidates = false;
    }
  }

  /**
   * Waits until the command is carried out and answers as `protocols.md` 5 says. A long one comes in
   * steps, between which other commands have their turn; the first that fails ends it.
   */
  async function submit(
    command: PersonsCommand,
    steps: readonly PersonsCommand[] = [command],
  ): Promise<CommandResult> {
    const { meta } = command;
    const known = recall(state.remembered, meta.commandId);
    if (known !== undefined) return answer(known);

    let outcome: Outcome = { result: null, failure: null };
    const stops: PendingStop[] = [];
    let epoch: number | null = null;
    for (const step of steps) {
      const command = step.kind === 'roles' ? { ...step, epoch } : step;
      const queued: Queued = { command, outcome: null, epoch: null, stops: [] };
      queue.push(queued);
      await condition(() => queued.outcome !== null);
      outcome = queued.outcome ?? outcome;
      epoch ??= queued.epoch;
      stops.push(...queued.stops);
      if (outcome.failure !== null) break;
    }
    if (outcome.failure === null && isValidation(command)) {
      await condition(() => validated.has(meta.commandId));
      outcome = validated.get(meta.commandId) ?? outcome;
    }
    if (stops.length > 0) {
      const settled = () =>
        stillStopping(state.stops, stops).every((stop) => stop.holderState !== 'requesting');
      if (!settled()) await condition(settled, input.times.offAckMs);
    }
    const result = outcome.failure === null ? resultOf(command, stops) : null;
    // Changes without stops have stored their outcome themselves, in the same activity.
    const isStored = stops.length === 0 && !isValidation(command) && command.kind !== 'roles';
    if (!isStored || outcome.failure !== null) {
      await store.recordCommand.executeWithOptions({ summary: 'keep the outcome for 24 h' }, [
        { ...life(), meta, result, failure: outcome.failure },
      ]);
    }
    const { commandId, bodyDigest } = meta;
    const kept = { commandId, bodyDigest, result, failure: outcome.failure };
    state = { ...state, remembered: remember(state.remembered, kept) };
    return answer(kept);
  }

  function answer(outcome: RememberedCommand): CommandResult {
    if (outcome.failure !== null) {
      const { message, type } = outcome.failure;
      throw ApplicationFailure.nonRetryable(message, type, { bodyDigest: outcome.bodyDigest });
    }
    if (outcome.result === null) throw ApplicationFailure.nonRetryable('lost', 'Internal');
    return outcome.result;
  }

  function resultOf(command: PersonsCommand, stops: PendingStop[]): CommandResult {
    return {
      commandId: command.meta.commandId,
      bodyDigest: command.meta.bodyDigest,
      phase: state.phase ?? 'validating',
      version: state.version,
      stopping: stillStopping(state.stops, stops).map(({ interviewId, jobId, since, reason }) => ({
        interviewId,
        jobId,
        since,
        reason,
      })),
      receiptId: state.receiptId,
    };
  }

  function refuse(queued: Queued): void {
    const refusal = refusalFor({ ...state, phase: null }, 'pause');
    queued.outcome = { result: null, failure: refusal };
  }

  async function carryOut(queued: Queued): Promise<void> {
    const plan = planCommand(state, queued.command);
    if (plan.kind === 'refused') {
      queued.outcome = { result: null, failure: { type: plan.type, message: plan.message } };
      return;
    }
    const asked = state.reconcile;
    try {
      const stops = await effects.perform(queued.command, plan.effect, plan.next);
      const before = state;
      state = {
        ...plan.next,
        // What ran beside the loop meanwhile has touched only these.
        remembered: before.remembered,
        stops: withStops(before.stops, stops),
        reconcile: reconcileAfter({ before, asked, next: plan.next }),
      };
      queued.stops = stops;
      queued.epoch = plan.next.epoch;
      queued.outcome = { result: null, failure: null };
      if (queued.command.kind === 'validated') finishValidation(queued.command);
      afterChange(before);
    } catch (error) {
      const failure = failureOf(error);
      log.warn('command failed', { kind: queued.command.kind, type: failure.type });
      // It may have written its fence before it failed: that epoch is used up.
      state = { ...state, epoch: Math.max(state.epoch, plan.next.epoch) };
      queued.outcome = { result: null, failure };
    }
  }

  function afterChange(before: InstallationState): void {
    if (state.phase !== before.phase) {
      upsertSearchAttributes([
        { key: searchAttributes.installationState, value: state.phase ?? 'not_installed' },
      ]);
    }
    if (before.phase !== null && state.phase === null) ended = 'rejected';
    showDetails();
  }

  async function ensureJob(jobId: string): Promise<void> {
    await asked(() =>
      interactive.ensureJob.executeWithOptions({ summary: 'is the job known?' }, [
        { ...life(), jobId },
      ]),
    );
  }

  async function ensureJobs(jobIds: string[]): Promise<void> {
    await asked(() =>
      interactive.ensureJobs.executeWithOptions({ summary: 'are the jobs known?' }, [
        { ...life(), jobIds },
      ]),
    );
  }

  /** A question to the vendor: what it does not answer in time is `VendorUnavailable`. */
  async function asked<Result>(question: () => Promise<Result>): Promise<Result> {
    asking += 1;
    try {
      return await question();
    } catch (error) {
      const failure = failureOf(error);
      const type =
        failure.type === failureTypes.jobNotFound ? failure.type : failureTypes.vendorUnavailable;
      throw ApplicationFailure.nonRetryable(failure.message, type);
    } finally {
      asking -= 1;
    }
  }

  // --- beside the loop --------------------------------------------------------------------------

  /** Runs a step again and again; a step that fails for good rests and is tried anew. */
  function beside(step: () => Promise<void>): void {
    const loop = async () => {
      for (;;) {
        try {
          await step();
        } catch (error) {
          if (!isCancellation(error)) {
            log.warn('a step beside the loop failed', { type: failureOf(error).type });
          }
          await condition(() => false, input.times.retryMs);
        }
      }
    };
    loop().catch((error: unknown) => {
      log.error('a step beside the loop ended', { type: failureOf(error).type });
    });
  }

  async function busy<Result>(work: () => Promise<Result>): Promise<Result> {
    running += 1;
    try {
      return await runningScope.run(work);
    } finally {
      running -= 1;
    }
  }

  async function validateWhenAsked(): Promise<void> {
    await condition(() => state.validation !== null && !leaving && phaseIsSettled());
    const { validation } = state;
    if (validation === null) return;
    await busy(async () => {
      const mode = validation.kind;
      const outcome = await interactive.probeCredential
        .executeWithOptions({ summary: `${mode}: token and scopes` }, [
          { ...life(), credentialRef: validation.credentialRef, mode },
        ])
        .catch((error: unknown) => {
          if (isCancellation(error)) throw error;
          return { outcome: 'unavailable' as const };
        });
      const queued: Queued = {
        command: { kind: 'validated', validation, outcome, at: Date.now() },
        outcome: null,
        epoch: null,
        stops: [],
      };
      queue.push(queued);
      await condition(() => queued.outcome !== null);
      const failure = queued.outcome?.failure ?? null;
      // The result could not be stored: rest, and validate anew.
      if (failure !== null) throw ApplicationFailure.nonRetryable(failure.message, failure.type);
    });
  }

  /** The life of a validation's generation is known once `open` was carried out. */
  function phaseIsSettled(): boolean {
    return state.phase !== null && state.generation !== '';
  }

  function finishValidation(command: Extract<Command, { kind: 'validated' }>): void {
    const { validation, outcome } = command;
    const failed = {
      rejected: failureTypes.credentialsRejected,
      different_company: failureTypes.differentCompany,
      unavailable: failureTypes.vendorUnavailable,
    };
    const isFailure =
      outcome.outcome !== 'accepted' &&
      !(validation.kind === 'probe' && outcome.outcome === 'rejected');
    validated.set(validation.commandId, {
      result: null,
      failure: isFailure
        ? { type: failed[outcome.outcome as keyof typeof failed], message: outcome.outcome }
        : null,
    });
  }

  async function settleStopsAsTheyCome(): Promise<void> {
    const waiting = () => state.stops.find((stop) => !settling.has(stopKey(stop)));
    await condition(() => waiting() !== undefined && settling.size < stopsAtOnce && !leaving);
    const stop = waiting();
    if (stop === undefined) return;
    settling.add(stopKey(stop));
    busy(() => settle(stop))
      .catch(() => condition(() => false, input.times.retryMs))
      .finally(() => settling.delete(stopKey(stop)))
      .catch(() => undefined);
  }

  /** Until the provider has confirmed the removal, across runs: the stop stays in the state. */
  async function settle(stop: PendingStop): Promise<void> {
    const { stop: after } = await long.settleStop.executeWithOptions(
      { summary: `bot of ${stop.interviewId} leaves` },
      [{ ...life(), stop }],
    );
    const others = withoutStop(state.stops, stop);
    state = { ...state, stops: after === null ? others : [...others, after] };
    showDetails();
  }

  async function decideAnewWhenAsked(): Promise<void> {
    await condition(() => state.reconcile.length > 0 && !leaving);
    const [scope] = state.reconcile;
    if (scope === undefined) return;
    await busy(async () => {
      const remaining = state.reconcile.slice(1);
      state = { ...state, reconcile: remaining };
      try {
        await long.reconcile.executeWithOptions({ summary: `decide anew: ${scope.kind}` }, [
          { ...life(), scope },
        ]);
      } catch (error) {
        state = { ...state, reconcile: [scope, ...state.reconcile] };
        throw error;
      }
    });
  }

  async function removeWhenAsked(): Promise<void> {
    await condition(() => state.phase === 'uninstalling' && ended === null && !leaving);
    await busy(async () => {
      await getExternalWorkflowHandle(interviewWatchWorkflowId(life()))
        .cancel()
        .catch(() => undefined);
      await long.awaitWatchClosed.executeWithOptions({ summary: 'the watch has ended' }, [life()]);
      await long.closeJoins.executeWithOptions({ summary: 'the joins have ended' }, [life()]);
    });
    const isQuiet = () => state.stops.length === 0 && state.validation === null && asking === 0;
    await condition(() => isQuiet() || leaving);
    if (leaving) return;
    await busy(async () => {
      await long.eraseInstallation.executeWithOptions({ summary: 'erase and sign the receipt' }, [
        { ...life(), receiptId: state.receiptId ?? '' },
      ]);
      ended = 'uninstalled';
    });
  }

  // --- continue as new --------------------------------------------------------------------------

  /**
   * Leaves when nothing is queued, no handler waits and nothing runs beside the loop; what still runs
   * after a while is interrupted and begins anew in the next run. A command that arrives meanwhile goes
   * first: a handler waits for the loop, so the loop never waits for it alone.
   */
  async function continueWhenQuiet(): Promise<void> {
    await condition(() => allHandlersFinished() || queue.length > 0);
    if (queue.length > 0) return;
    leaving = true;
    const isStill = () => running === 0 || queue.length > 0 || ended !== null;
    // Commands that come one upon the other would keep a run going for ever.
    const mayWait = !isRunLong(1.5 * (input.maxHistoryEvents ?? eventsOfRun));
    if (!isStill() && !(mayWait && (await condition(isStill, input.times.retryMs)))) {
      runningScope.cancel();
      runningScope = new CancellationScope();
      await condition(isStill);
    }
    if (queue.length === 0 && ended === null && allHandlersFinished()) {
      await makeContinueAsNewFunc<typeof installation>({ memo: workflowInfo().memo ?? {} })({
        ...input,
        state,
      });
    }
    leaving = false;
  }

  // --- views ------------------------------------------------------------------------------------

  function showDetails(): void {
    setCurrentDetails(installationDetails(state));
  }
}

function stepsOf(command: RolesCommand): Extract<Command, { kind: 'roles' }>[] {
  const steps = Math.ceil(command.jobIds.length / rolesInAStep);
  return Array.from({ length: steps }, (_, step) => ({
    kind: 'roles',
    epoch: null,
    ...command,
    jobIds: command.jobIds.slice(step * rolesInAStep, (step + 1) * rolesInAStep),
  }));
}

/** The type under which an activity's failure travels; anything else is a bug and says so. */
function failureOf(error: unknown): { type: string; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return { type: cause.type ?? 'Internal', message: cause.message };
  }
  return { type: 'Internal', message: 'The command could not be carried out.' };
}

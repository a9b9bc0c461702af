import type { CommandMeta, CommandResult } from '../workflows/contracts/installation.js';
import type { LoadEstimate } from '../workflows/contracts/load-estimate.js';
import type { ApiDeps } from './deps.js';
import { codeOfFailure, Problem } from './errors.js';
import { commandIdOf } from './middleware/idempotency-key.js';
import { storedOutcome } from './presenters/command.js';
import type { Answer, Caller, CommandHeaders } from './route.js';
import type { CommandOutcome } from './temporal-gateway.js';

/** The parts of a request that make it a command. */
export interface CommandRequest {
  caller: Caller;
  method: string;
  path: string;
  command: CommandHeaders;
  body: unknown;
}

export interface Settled {
  result: CommandResult;
  /** From the store: what it says about stops may be out of date by now. */
  isRepeat: boolean;
}

export interface RunCommand {
  request: CommandRequest;
  /** Name for the metrics. */
  name: string;
  /** Before the command is sent, not before a repeat is answered. */
  check?: () => Promise<void>;
  send: (meta: CommandMeta) => Promise<CommandOutcome>;
  /** After a refusal that is final: nothing of the command is left. */
  discard?: (meta: CommandMeta) => Promise<void>;
  answer: (settled: Settled) => Promise<Answer>;
  accepted?: (commandId: string) => Answer;
}

/**
 * Sends a command once, however often its request is repeated with one key: a stored outcome is
 * answered from the store, a running one is met again by its update id in Temporal. Throws
 * `Problem` for every outcome that is not an answer.
 */
export function createCommandRunner({
  readModel,
  digests,
  metrics,
  now,
}: Pick<ApiDeps, 'readModel' | 'digests' | 'metrics' | 'now'>) {
  async function findStored(input: {
    meta: CommandMeta;
    request: CommandRequest;
  }): Promise<Exclude<CommandOutcome, { kind: 'unavailable' }> | null> {
    if (input.request.command.idempotencyKey === null) return null;
    const doc = await readModel.command({
      orgId: input.request.caller.orgId,
      commandId: input.meta.commandId,
      now: now(),
    });
    if (doc === null) return null;
    assertSameBody({ digest: doc.bodyDigest, body: input.request.body });
    return storedOutcome({ doc });
  }

  function assertSameBody({ digest, body }: { digest: string | null; body: unknown }): void {
    if (digest !== null && !digests.isOfBody({ body, digest })) {
      throw new Problem({ code: 'idempotency_key_reused' });
    }
  }

  function metaOf(request: CommandRequest): CommandMeta {
    const { subject, role } = request.caller;
    // Members are stopped by the permission of every command.
    if (role === 'member') throw new Problem({ code: 'forbidden' });
    return {
      commandId: commandIdOf({
        method: request.method,
        path: request.path,
        idempotencyKey: request.command.idempotencyKey,
      }),
      bodyDigest: digests.ofBody(request.body),
      by: { subject, role },
      at: now(),
      ifVersion: request.command.ifVersion,
    };
  }

  async function run(input: RunCommand, meta: CommandMeta): Promise<Answer> {
    const { request } = input;
    const stored = await findStored({ meta, request });
    if (stored?.kind === 'done')
      return await input.answer({ result: stored.result, isRepeat: true });
    if (stored?.kind === 'failed') throw problemOf(stored.failure);

    await input.check?.();
    const outcome = await input.send(meta);
    switch (outcome.kind) {
      case 'done':
        // The update may have been another request's with the same key.
        assertSameBody({ digest: outcome.result.bodyDigest, body: request.body });
        return await input.answer({ result: outcome.result, isRepeat: false });
      case 'failed':
        await input.discard?.(meta);
        assertSameBody({ digest: outcome.failure.bodyDigest, body: request.body });
        throw problemOf(outcome.failure);
      case 'pending':
        return input.accepted?.(meta.commandId) ?? acceptedAnswer(request, meta.commandId);
      case 'unavailable':
        throw new Problem({ code: 'commands_unavailable' });
    }
  }

  return async (input: RunCommand): Promise<Answer> => {
    const meta = metaOf(input.request);
    const startedAt = performance.now();
    let result = 'failed';
    try {
      const answer = await run(input, meta);
      result = String(answer.status);
      return answer;
    } catch (error) {
      if (error instanceof Problem) result = error.code;
      throw error;
    } finally {
      metrics.commandSeconds
        .labels(input.name, result)
        .observe((performance.now() - startedAt) / 1000);
    }
  };
}

export type CommandRunner = ReturnType<typeof createCommandRunner>;

export function acceptedAnswer(request: CommandRequest, commandId: string): Answer {
  return {
    status: 202,
    body: { commandId },
    headers: { location: `${basePathOf(request)}/commands/${commandId}` },
  };
}

/** The answer to a question about a change; throws `Problem` for every outcome that is none. */
export function previewAnswer(outcome: CommandOutcome<LoadEstimate>): Answer {
  switch (outcome.kind) {
    case 'done': {
      const { interviews, ...load } = outcome.result;
      return { status: 200, body: interviews === undefined ? { load } : { load, interviews } };
    }
    case 'failed':
      throw problemOf(outcome.failure);
    case 'pending':
      throw new Problem({ code: 'vendor_unavailable' });
    case 'unavailable':
      throw new Problem({ code: 'commands_unavailable' });
  }
}

export function basePathOf({ caller }: { caller: Caller }): string {
  return `/v1/organizations/${caller.orgId}/smartrecruiters`;
}

function problemOf(failure: { type: string; message: string }): Problem {
  return new Problem({
    code: codeOfFailure({ type: failure.type }),
    cause: new Error(`command failed: ${failure.type}`),
  });
}

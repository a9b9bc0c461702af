import { z } from 'zod';
import type { CommandDoc } from '../../common/read-model/documents.js';
import { codeOfFailure, problemBody } from '../errors.js';
import type { CommandOutcome } from '../temporal-gateway.js';
import { stopping } from './common.js';
import { problem } from './problem.js';

/** The answer of a command that goes on after its request. */
export const acceptedCommand = z
  .object({
    commandId: z.string(),
    /** Only of a first connect. */
    state: z.literal('validating').optional(),
  })
  .meta({ id: 'AcceptedCommand', description: 'Its outcome is at `/commands/{commandId}`.' });

export const command = z
  .object({
    commandId: z.string(),
    state: z.enum(['running', 'completed', 'failed']),
    receiptId: z.string().nullable(),
    stopping: z.array(stopping),
    problem: problem.nullable(),
  })
  .meta({ id: 'Command' });

export type CommandShape = z.output<typeof command>;

type Settled = Exclude<CommandOutcome, { kind: 'unavailable' }>;

export function presentCommand(input: {
  commandId: string;
  outcome: Settled;
  requestId: string;
}): CommandShape {
  const { commandId, outcome } = input;
  switch (outcome.kind) {
    case 'pending':
      return { commandId, state: 'running', receiptId: null, stopping: [], problem: null };
    case 'done':
      return {
        commandId,
        state: 'completed',
        receiptId: outcome.result.receiptId,
        stopping: outcome.result.stopping.map(({ interviewId, since, reason }) => ({
          interviewId,
          since,
          reason,
        })),
        problem: null,
      };
    case 'failed': {
      const code = codeOfFailure({ type: outcome.failure.type });
      return {
        commandId,
        state: 'failed',
        receiptId: null,
        stopping: [],
        problem: problemBody({ code, requestId: input.requestId, errors: null }),
      };
    }
  }
}

/** The stored outcome of a command, as the gateway would have told it. */
export function storedOutcome({ doc }: { doc: CommandDoc }): Settled {
  return doc.result === null
    ? {
        kind: 'failed',
        failure: {
          type: doc.failure?.type ?? 'Unknown',
          message: doc.failure?.message ?? '',
          bodyDigest: doc.bodyDigest,
        },
      }
    : { kind: 'done', result: doc.result };
}

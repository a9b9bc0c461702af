import {
  ApplicationFailure,
  ApplicationFailureCategory,
  TemporalFailure,
} from '@temporalio/common';
import { type FailureType, failureTypes } from '../workflows/contracts/failure-types.js';

/** The outcomes by which every provider's client names what went wrong. */
export type ProviderErrorKind =
  | 'auth'
  | 'scope'
  | 'not_found'
  | 'rejected'
  | 'throttled'
  | 'unavailable'
  | 'contract';

/** The shape of a provider client's errors; none of its fields may hold data of a person. */
export interface ProviderError {
  name: string;
  kind: ProviderErrorKind;
  status?: number | null;
  endpoint?: string | null;
  /** The missing scope, for kind `scope`. */
  scope?: string | null;
  retryAfterMs?: number | null;
}

const outcomes: Record<ProviderErrorKind, { type: FailureType; retryable: boolean }> = {
  auth: { type: failureTypes.providerAuth, retryable: false },
  scope: { type: failureTypes.providerScope, retryable: false },
  not_found: { type: failureTypes.providerNotFound, retryable: false },
  rejected: { type: failureTypes.providerRejected, retryable: false },
  throttled: { type: failureTypes.providerThrottled, retryable: true },
  unavailable: { type: failureTypes.providerUnavailable, retryable: true },
  contract: { type: failureTypes.providerContract, retryable: false },
};

/**
 * A bug stays one however often it is tried. After this many tries the workflow hears of it: a command
 * that cannot be carried out must not stand in the way of the next one, which may be an off.
 */
const triesOfUnexpected = 3;

const firstDelayMs = 1_000;
const longestDelayMs = 60_000;

/**
 * Turns any error of an activity into what Temporal is told: a type out of `failureTypes`, whether to
 * try again and when, and a message without data. `attempt` is `activityInfo().attempt`, from 1.
 * Failures that already speak Temporal's language, and an abort, come back as they are; an unknown
 * error is tried a few times, with the name of its class as type.
 */
export function toActivityFailure(error: unknown, context: { attempt: number }): unknown {
  if (error instanceof TemporalFailure || nameOf(error) === 'AbortError') return error;
  if (isProviderError(error)) return providerFailure(error, context.attempt);
  if (isStoreError(error)) {
    return ApplicationFailure.create({
      type: failureTypes.storeUnavailable,
      message: 'the database did not answer',
      nonRetryable: false,
      details: [{ name: nameOf(error) }],
    });
  }
  const failure = ApplicationFailure.create({
    type: nameOf(error),
    message: 'unexpected error',
    nonRetryable: context.attempt >= triesOfUnexpected,
  });
  const frames = framesOf(error);
  if (frames !== null) failure.stack = `${nameOf(error)}: unexpected error\n${frames}`;
  return failure;
}

function providerFailure(error: ProviderError, attempt: number): ApplicationFailure {
  const { type, retryable } = outcomes[error.kind];
  const endpoint = error.endpoint ?? null;
  const status = error.status ?? null;
  return ApplicationFailure.create({
    type,
    message: `${error.kind}${endpoint === null ? '' : ` at ${endpoint}`}${status === null ? '' : ` (${status})`}`,
    nonRetryable: !retryable,
    details: [{ endpoint, status, ...(error.kind === 'scope' && { scope: error.scope ?? null }) }],
    ...(error.kind === 'throttled' && {
      nextRetryDelay: delayMs({ attempt, retryAfterMs: error.retryAfterMs ?? null }),
      category: ApplicationFailureCategory.BENIGN,
    }),
  });
}

/** What the provider asked for, else 1, 2, 4 … 60 s; with up to a quarter more, never less. */
function delayMs(input: { attempt: number; retryAfterMs: number | null }): number {
  const backoffMs = Math.min(
    longestDelayMs,
    firstDelayMs * 2 ** Math.min(16, Math.max(0, input.attempt - 1)),
  );
  return Math.round((input.retryAfterMs ?? backoffMs) * (1 + Math.random() / 4));
}

function isProviderError(error: unknown): error is ProviderError {
  if (typeof error !== 'object' || error === null) return false;
  const { kind, name } = error as { kind?: unknown; name?: unknown };
  return (
    typeof name === 'string' &&
    name.endsWith('Error') &&
    typeof kind === 'string' &&
    Object.hasOwn(outcomes, kind)
  );
}

/** Errors of the MongoDB driver and of mongoose: the store is away, nothing is wrong with the work. */
export function isStoreError(error: unknown): boolean {
  return nameOf(error).startsWith('Mongo');
}

/** The class of an error, without `instanceof`, which fails between realms. */
function nameOf(error: unknown): string {
  const name = (error as { name?: unknown } | null | undefined)?.name;
  if (typeof name !== 'string' || !/^\w{1,64}$/.test(name)) return 'Error';
  const className = (error as object).constructor?.name;
  return name === 'Error' && /^\w{1,64}$/.test(className) ? className : name;
}

/** Where an error came from, without its message. */
function framesOf(error: unknown): string | null {
  const { stack, message } = (error ?? {}) as { stack?: unknown; message?: unknown };
  if (typeof stack !== 'string') return null;
  const afterMessage =
    typeof message === 'string' ? stack.slice(stack.indexOf(message) + message.length) : stack;
  const frames = afterMessage.split('\n').filter((line) => /^ {4}at /.test(line));
  return frames.length === 0 ? null : frames.join('\n');
}

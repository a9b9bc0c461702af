import {
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
} from '@temporalio/common';
import mongoose from 'mongoose';
import { toActivityFailure } from '../../../activities/failures.js';
import {
  SmartRecruitersError,
  type SmartRecruitersErrorKind,
} from '../../../activities/smartrecruiters/errors.js';

function failureOf(error: unknown, attempt = 1): ApplicationFailure {
  const failure = toActivityFailure(error, { attempt });
  if (!(failure instanceof ApplicationFailure)) throw new Error('expected an ApplicationFailure');
  return failure;
}

const table: [SmartRecruitersErrorKind, string, boolean][] = [
  ['auth', 'ProviderAuth', true],
  ['scope', 'ProviderScope', true],
  ['not_found', 'ProviderNotFound', true],
  ['rejected', 'ProviderRejected', true],
  ['throttled', 'ProviderThrottled', false],
  ['unavailable', 'ProviderUnavailable', false],
  ['contract', 'ProviderContract', true],
];

it.each(table)('%s becomes %s', (kind, type, nonRetryable) => {
  const failure = failureOf(
    new SmartRecruitersError({ kind, endpoint: 'interviews.get', status: 418 }),
  );
  expect(failure).toMatchObject({ type, nonRetryable, cause: undefined });
  expect(failure.details?.[0]).toMatchObject({ endpoint: 'interviews.get', status: 418 });
});

it('names the missing scope', () => {
  const error = new SmartRecruitersError({ kind: 'scope', endpoint: 'users.get', status: 403 });
  expect(failureOf(error).details).toEqual([
    { endpoint: 'users.get', status: 403, scope: 'users_read' },
  ]);
});

describe('throttled', () => {
  const throttled = (retryAfterMs: number | null) =>
    new SmartRecruitersError({
      kind: 'throttled',
      endpoint: 'jobs.list',
      status: 429,
      retryAfterMs,
    });

  it.each([
    [1, 1_000],
    [2, 2_000],
    [4, 8_000],
    [7, 60_000],
    [500, 60_000],
  ])('attempt %i waits at least %i ms, benign', (attempt, ms) => {
    const failure = failureOf(throttled(null), attempt);
    expect(failure.category).toBe(ApplicationFailureCategory.BENIGN);
    expect(failure.nextRetryDelay).toBeGreaterThanOrEqual(ms);
    expect(failure.nextRetryDelay).toBeLessThanOrEqual(ms * 1.25);
  });

  it('does as the vendor says when it says something', () => {
    const delay = failureOf(throttled(7_000), 1).nextRetryDelay;
    expect(delay).toBeGreaterThanOrEqual(7_000);
    expect(delay).toBeLessThanOrEqual(8_750);
  });
});

it('only throttled is benign and has a delay of its own', () => {
  const failure = failureOf(
    new SmartRecruitersError({ kind: 'unavailable', endpoint: 'jobs.get' }),
  );
  expect(failure.nextRetryDelay).toBeUndefined();
  expect(failure.category).not.toBe(ApplicationFailureCategory.BENIGN);
});

it('knows the errors of other providers by their shape', () => {
  const error = Object.assign(new Error('x'), { name: 'NotetakerError', kind: 'unavailable' });
  expect(failureOf(error).type).toBe('ProviderUnavailable');
});

it.each([
  new mongoose.mongo.MongoServerSelectionError('mongodb://user:secret@host', {} as never),
  new mongoose.mongo.MongoNetworkError('secret'),
  new mongoose.mongo.MongoServerError({ message: 'dup key: { email: "secret" }', code: 11_000 }),
  new mongoose.Error.MongooseServerSelectionError('secret'),
])('%p is the store, to be tried again', (error) => {
  const failure = failureOf(error);
  expect(failure).toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
  expect(JSON.stringify(failure) + failure.message + failure.stack).not.toContain('secret');
});

class OddError extends Error {}

it('an unknown error stays retryable, with its class as type and without its text', () => {
  const failure = failureOf(new OddError('ada@example.com\n    at home'));
  expect(failure).toMatchObject({ type: 'OddError', nonRetryable: false, cause: undefined });
  expect(`${failure.message}${failure.stack}`).not.toMatch(/ada@|home/);
  expect(failure.stack).toContain('failures.test');
});

it.each([undefined, null, 'text with ada@example.com', 7, {}])('survives a thrown %p', (thrown) => {
  const failure = failureOf(thrown);
  expect(failure.type).toBe('Error');
  expect(failure.message).toBe('unexpected error');
});

it('leaves alone what is already of Temporal, and aborts', () => {
  const cancelled = new CancelledFailure('stop');
  const named = ApplicationFailure.nonRetryable('x', 'JobNotFound');
  const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
  for (const error of [cancelled, named, aborted]) {
    expect(toActivityFailure(error, { attempt: 1 })).toBe(error);
  }
});

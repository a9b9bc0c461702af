import type { MailFailure } from './types.js';

export interface FailureList {
  add(failure: MailFailure): void;
  take(input: { at: NonNullable<MailFailure['at']>; recipients: string[] }): SmtpError | null;
  clear(): void;
}

/** An answer other than 2xx; `responseCode` is what smtp-server sends. */
export class SmtpError extends Error {
  readonly responseCode: number;

  constructor(responseCode: number) {
    super(responseCode === 550 ? 'no such mailbox' : 'try again later');
    this.responseCode = responseCode;
  }
}

/** Failures that wait for their mail, the first injected first. */
export function createFailureList(): FailureList {
  let pending: (MailFailure & { left: number })[] = [];
  return {
    add(failure) {
      pending.push({ ...failure, left: failure.times ?? 1 });
    },
    take({ at, recipients }) {
      const found = pending.find(
        (failure) =>
          (failure.at ?? 'recipient') === at &&
          (failure.recipient === undefined || recipients.includes(failure.recipient.toLowerCase())),
      );
      if (found === undefined) {
        return null;
      }
      found.left -= 1;
      pending = pending.filter((failure) => failure.left > 0);
      return new SmtpError(found.code);
    },
    clear() {
      pending = [];
    },
  };
}

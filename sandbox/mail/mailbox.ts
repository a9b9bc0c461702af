import { EventEmitter, once } from 'node:events';
import { openStateFile } from '../state-file.js';
import type { CaughtMail } from './types.js';

export interface Mailbox {
  add(mail: CaughtMail): void;
  /** Oldest first. */
  all(): CaughtMail[];
  /**
   * The first mail that fits, one that is there already or one that still comes.
   *
   * @throws {Error} when none has come after `timeoutMs`
   */
  waitFor(fits: (mail: CaughtMail) => boolean, timeoutMs: number): Promise<CaughtMail>;
  clear(): void;
}

const keptMails = 2000;

/** Keeps the latest mails, in the file too if there is one. */
export function openMailbox({ stateFile }: { stateFile: string | undefined }): Mailbox {
  const file = openStateFile<CaughtMail[]>({ path: stateFile });
  let mails = file.read() ?? [];
  const arrivals = new EventEmitter();
  arrivals.setMaxListeners(0);
  return {
    add(mail) {
      mails = [...mails, mail].slice(-keptMails);
      file.write(mails);
      arrivals.emit('mail');
    },
    all: () => [...mails],
    async waitFor(fits, timeoutMs) {
      const signal = AbortSignal.timeout(timeoutMs);
      for (;;) {
        const found = mails.find(fits);
        if (found !== undefined) {
          return found;
        }
        try {
          await once(arrivals, 'mail', { signal });
        } catch {
          throw new Error(`No such mail has come within ${timeoutMs} ms (${mails.length} others).`);
        }
      }
    },
    clear() {
      mails = [];
      file.write(mails);
    },
  };
}

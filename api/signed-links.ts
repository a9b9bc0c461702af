import type { KeyedHash } from '../common/keyed-hash.js';
import { interviewerHash, type LinkPayload, openLink, signLink } from '../common/signed-links.js';

/** The links of mails and alerts, as this process reads and makes them. */
export interface SignedLinks {
  /**
   * Null: unknown, changed or expired.
   *
   * @throws {StoreUnavailableError} while the key of the links cannot be read
   */
  open(input: { token: string }): Promise<LinkPayload | null>;
  tokenOf(link: LinkPayload): Promise<string>;
  /** How an interviewer is named in a link of theirs. */
  interviewerHash(input: { orgId: string; userId: string }): Promise<string>;
}

/**
 * `loadKeyedHash` is asked once, when the first link comes: the API starts while the store is away.
 * A try that fails is made again for the next link.
 */
export function createSignedLinks(input: {
  loadKeyedHash: () => Promise<KeyedHash>;
  now: () => number;
}): SignedLinks {
  const { loadKeyedHash, now } = input;
  let loading: Promise<KeyedHash> | null = null;

  async function keyedHash(): Promise<KeyedHash> {
    loading ??= loadKeyedHash();
    try {
      return await loading;
    } catch (error) {
      loading = null;
      throw error;
    }
  }

  return {
    interviewerHash: async (input) => interviewerHash(await keyedHash(), input),
    open: async ({ token }) => openLink(await keyedHash(), token, now()),
    tokenOf: async (link) => signLink(await keyedHash(), link),
  };
}

import { createHash } from 'node:crypto';

/**
 * The Message-ID of a notification: the same key always gives the same id, so that a mail which is
 * sent again is recognised as the same one by the reader's mail program (RFC 5322 3.6.4).
 *
 * @param input.key the notification's business key; ids only, and not to be read out of the result
 * @param input.domain the sender's domain
 * @throws {TypeError} when `domain` is no host name
 */
export function messageIdFor({ key, domain }: { key: string; domain: string }): string {
  if (!/^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(domain)) {
    throw new TypeError('the domain of a Message-ID must be a host name');
  }
  const digest = createHash('sha256').update(`message-id\n${key}`).digest('hex').slice(0, 40);
  return `<${digest}@${domain.toLowerCase()}>`;
}

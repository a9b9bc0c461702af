/** A mail that arrived. `receivedAt` is epoch ms; header names are lower-case. */
export interface CaughtMail {
  id: string;
  receivedAt: number;
  messageId: string | null;
  /** Envelope addresses, lower-case. */
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string | null;
  /** The values as they came, unfolded; the last one of a repeated header. */
  headers: Record<string, string>;
}

/**
 * What goes wrong with the next mails. `recipient`: refused at RCPT TO; `data`: refused after its
 * content, not kept; `after_data`: kept and yet refused, as when the answer is lost.
 */
export interface MailFailure {
  /** 550: for good, 451: for now, 421: the service is closing. */
  code: 550 | 451 | 421;
  at?: 'recipient' | 'data' | 'after_data' | undefined;
  /** How many; 1 unless given. */
  times?: number | undefined;
  /** Only this address. */
  recipient?: string | undefined;
}

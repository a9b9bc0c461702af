import type { NoticeState } from '../../common/read-model/documents.js';
import type { DecisionCode } from '../../workflows/contracts/decision.js';
import type { Settings } from '../../workflows/contracts/settings.js';

const hourMs = 3_600_000;
/** A late notice: within this of first sight, and at least that long before the start. */
const lateNoticeWithinMs = 10 * 60_000;
const lateNoticeBeforeStartMs = 15 * 60_000;

export interface ConsentInput {
  consent: Settings['consent'];
  startsAt: number;
  /** First reading while the role was on; null: not yet. */
  firstSeenAt: number | null;
  notice: { state: NoticeState; acceptedAt: number | null };
  now: number;
}

/**
 * The consent gate, failing closed: null lets the bot go, a code says at once why not. A mode that
 * this version does not enforce never lets anybody in.
 */
export function consentGate(input: ConsentInput): DecisionCode | null {
  const { consent, notice, now } = input;
  if (consent.mode === 'external') return consent.external === undefined ? 'notice_pending' : null;
  if (consent.mode === 'opt_in') return 'notice_pending';

  const deadline = noticeDeadline(input);
  if (notice.acceptedAt !== null) return notice.acceptedAt <= deadline ? null : 'notice_too_late';
  if (notice.state === 'undeliverable') return 'notice_undeliverable';
  return now > deadline ? 'notice_too_late' : 'notice_pending';
}

/** The last moment at which an accepted notice still satisfies the gate. */
export function noticeDeadline(
  input: Pick<ConsentInput, 'consent' | 'startsAt' | 'firstSeenAt' | 'now'>,
): number {
  const ordinary = input.startsAt - input.consent.noticeLeadHours * hourMs;
  const firstSeenAt = input.firstSeenAt ?? input.now;
  if (firstSeenAt <= ordinary) return ordinary;
  return Math.min(firstSeenAt + lateNoticeWithinMs, input.startsAt - lateNoticeBeforeStartMs);
}

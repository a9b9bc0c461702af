import type { InterviewDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { Turn, TurnResult } from './turn.js';

/** So many interviewers are asked for in one turn. */
const askedTogether = 10;
/** Answers that a mail would get as well, however often it is tried. */
const lastingNo: ReadonlySet<string> = new Set(['not_found', 'rejected', 'contract']);

/**
 * Once a day, where interviewers get mails: how many of those with an interview ahead cannot be
 * mailed, since the vendor does not know them, or has them as inactive or without an address. Only
 * that number is kept, as `lastResult` `unreachable:n`; people are asked for again at each mail. A
 * few interviewers a turn, in the order of their ids: a crash costs these few.
 */
export async function usersTurn(deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  const { row, installation, periods } = turn;
  const now = Date.now();
  const done = { cursor: null, nextCheckAt: now + periods.users };
  if (!installation.settings.engagement.interviewerEmails) {
    return { requests: 0, changed: 0, row: { ...done, lastResult: 'not_needed' } };
  }
  const userIds = await interviewersAhead(deps, turn, now);
  const cursor = row.cursor ?? {
    pageId: null,
    startedAt: now,
    seen: 0,
    total: userIds.length,
    since: null,
    skipped: 0,
  };
  const left = userIds.filter((userId) => cursor.pageId === null || userId > cursor.pageId);
  const asked = left.slice(0, askedTogether);
  let unreachable = cursor.skipped;
  let requests = 0;
  for (const userId of asked) {
    requests += 1;
    try {
      if (!(await canBeMailed(turn, userId))) unreachable += 1;
    } catch (error) {
      if (!isSmartRecruitersError(error, 'scope')) throw error;
      // What the probes say of this scope is shown already, and the watch goes on without it.
      return { requests, changed: 0, row: { ...done, lastResult: 'no_users_scope' } };
    }
  }
  const last = asked.at(-1);
  if (last !== undefined && asked.length < left.length) {
    const seen = cursor.seen + asked.length;
    const next = { ...cursor, pageId: last, seen, skipped: unreachable };
    const nextCheckAt = Math.min(row.nextCheckAt, now);
    return { requests, changed: 0, row: { cursor: next, lastResult: 'page', nextCheckAt } };
  }
  const lastResult = unreachable === 0 ? 'read' : `unreachable:${unreachable}`;
  return { requests, changed: 0, row: { ...done, lastReadAt: now, fullAt: now, lastResult } };
}

async function interviewersAhead(deps: ActivityDeps, life: Life, now: number): Promise<string[]> {
  const { orgId, generation } = life;
  const ahead = await deps.collections.interviews
    .find({ orgId, generation, goneAt: null, startsAt: { $gt: now } }, { timeslots: 1 })
    .lean<Pick<InterviewDoc, 'timeslots'>[]>();
  const ids = ahead.flatMap(({ timeslots }) => timeslots.flatMap((slot) => slot.interviewerIds));
  return [...new Set(ids)].sort();
}

async function canBeMailed({ client }: Turn, userId: string): Promise<boolean> {
  try {
    const user = await client.getUser({ userId, lane: 'watch' });
    return user.active && user.email !== null;
  } catch (error) {
    if (!isSmartRecruitersError(error)) throw error;
    if (lastingNo.has(error.kind)) return false;
    throw error;
  }
}

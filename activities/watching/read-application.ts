import type { InterviewDoc, RoleDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { reconcileInterview } from '../interviews/reconcile.js';
import {
  type Read,
  storeGone,
  storeReading,
  storeUnreadable,
} from '../interviews/store-reading.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { VendorInterview, VendorInterviews } from '../smartrecruiters/vendor-types.js';
import { nextCheckOf, tierOf } from './tiers.js';
import type { Turn, TurnResult } from './turn.js';

/**
 * Reads the interviews of one application: lists, stores what is newer, confirms what is absent,
 * decides anew. Throws what the vendor's client throws; nothing that was not seen in a successful
 * answer is taken for gone. Most applications have no interview: they cost one request and one query.
 */
export async function applicationTurn(deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  const { row, client } = turn;
  const { candidateId, applicationId } = row;
  if (candidateId === null || applicationId === null) {
    throw new TypeError('the row of an application names no application');
  }
  const readAt = Date.now();
  const list = await client.listInterviews({ applicationId, lane: 'watch' });
  const ofApplication = { ...lifeOf(turn), applicationId };
  const known = await deps.collections.interviews.find(ofApplication).lean<InterviewDoc[]>();
  const isNothing = known.length === 0 && list.interviews.length + list.unreadable.length === 0;
  if (isNothing) warnOfSkipped(deps, turn, list);
  const at = { ...turn, applicationId, candidateId, readSeq: row.readSeq, readAt };
  const { docs, touched, requests } = isNothing
    ? { docs: [], touched: 0, requests: 0 }
    : await storeAndDecide(deps, at, list, known);

  const { status, hint, activityAt } = row;
  const windows = docs.filter((doc) => doc.goneAt === null);
  const tierInput = { status, windows, hint, activityAt, now: Date.now(), periods: turn.periods };
  const tier = tierOf(tierInput);
  return {
    requests: 1 + requests,
    changed: touched,
    row: {
      tier,
      nextCheckAt: nextCheckOf({ ...tierInput, tier }),
      lastReadAt: readAt,
      lastResult: 'read',
    },
  };
}

interface At extends Turn {
  applicationId: string;
  candidateId: string;
  readSeq: number;
  readAt: number;
}

async function storeAndDecide(
  deps: ActivityDeps,
  turn: At,
  list: VendorInterviews,
  known: readonly InterviewDoc[],
): Promise<{ docs: InterviewDoc[]; touched: number; requests: number }> {
  const role = await deps.collections.roles
    .findOne({ _id: `${turn.orgId}/${turn.row.jobId}` })
    .lean<RoleDoc | null>();
  const docs = new Map(known.map((doc) => [doc.interviewId, doc]));
  const at = { ...turn, role, docs, touched: new Set<string>() };
  await storeList(deps, at, list);
  const absent = known.filter((doc) => doc.goneAt === null && !isListed(list, doc.interviewId));
  // A list with items that have no id proves the absence of nobody.
  let unconfirmed: unknown = null;
  let requests = 0;
  if (list.skipped === 0) {
    for (const doc of absent) {
      requests += 1;
      try {
        await confirmAbsence(deps, at, doc);
      } catch (error) {
        // The others are decided all the same; the row fails after that.
        if (!isSmartRecruitersError(error)) throw error;
        unconfirmed = error;
      }
    }
  }
  for (const doc of docs.values()) {
    const decided = await reconcileInterview(
      deps,
      { ...lifeOf(at), interviewId: doc.interviewId },
      doc,
    );
    if (decided === null) docs.delete(doc.interviewId);
    else docs.set(doc.interviewId, decided);
  }
  if (unconfirmed !== null) throw unconfirmed;
  return { docs: [...docs.values()], touched: at.touched.size, requests };
}

interface Storing extends At {
  role: RoleDoc | null;
  /** By id, as they are after what was stored so far; known ones are not read again for it. */
  docs: Map<string, InterviewDoc>;
  /** Ids of those that changed in a way that matters. */
  touched: Set<string>;
}

function keep(at: Storing, interviewId: string, doc: InterviewDoc | null): void {
  if (doc === null) at.docs.delete(interviewId);
  else at.docs.set(interviewId, doc);
}

function isListed(list: VendorInterviews, interviewId: string): boolean {
  return (
    list.interviews.some((interview) => interview.interviewId === interviewId) ||
    list.unreadable.some((interview) => interview.interviewId === interviewId)
  );
}

async function storeList(deps: ActivityDeps, at: Storing, list: VendorInterviews): Promise<void> {
  for (const interview of list.interviews) await storeOne(deps, at, interview);
  for (const { interviewId, reason } of list.unreadable) {
    const unreadable = { ...readOf(at), interviewId, reason };
    keep(at, interviewId, await storeUnreadable(deps.collections, unreadable));
    deps.logger.warn({ orgId: at.orgId, interviewId, reason }, 'interview could not be read');
  }
  warnOfSkipped(deps, at, list);
}

function warnOfSkipped(deps: ActivityDeps, { orgId }: Life, { skipped }: VendorInterviews): void {
  if (skipped > 0) deps.logger.warn({ orgId, skipped }, 'interviews without id skipped');
}

async function storeOne(
  deps: ActivityDeps,
  at: Storing,
  interview: VendorInterview,
): Promise<void> {
  const { role, row } = at;
  const { interviewId } = interview;
  const watched = role?.enabled === true || row.pinned;
  const scheduledBefore =
    role?.scheduled === 'exclude' &&
    role.enabledAt !== null &&
    (interview.createdAt ?? 0) < role.enabledAt;
  const reading = {
    ...readOf(at),
    interview,
    watched,
    excluded: scheduledBefore,
    enabledAt: role?.enabledAt ?? 0,
  };
  const { doc, changed } = await storeReading(deps, reading, at.docs.get(interviewId) ?? null);
  keep(at, interviewId, doc);
  if (changed) at.touched.add(interviewId);
}

/** Cancelled needs both: absent from a successful list, and 404 by id. */
async function confirmAbsence(deps: ActivityDeps, at: Storing, doc: InterviewDoc): Promise<void> {
  const { interviewId } = doc;
  try {
    const result = await at.client.getInterview({ interviewId, lane: 'watch' });
    if (result.kind === 'readable') await storeOne(deps, at, result.interview);
  } catch (error) {
    if (!isSmartRecruitersError(error, 'not_found')) throw error;
    keep(at, interviewId, await storeGone(deps.collections, { ...readOf(at), interviewId }));
    at.touched.add(interviewId);
  }
}

function lifeOf({ orgId, generation }: Life): Life {
  return { orgId, generation };
}

function readOf({ orgId, generation, applicationId, candidateId, readSeq, readAt }: At): Read {
  return { orgId, generation, applicationId, candidateId, readSeq, readAt };
}

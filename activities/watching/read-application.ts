import type { InterviewDoc, RoleDoc, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { reconcileInterview } from '../interviews/reconcile.js';
import { storeGone, storeReading, storeUnreadable } from '../interviews/store-reading.js';
import type { SmartRecruitersClient } from '../smartrecruiters/client.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { VendorInterview, VendorInterviews } from '../smartrecruiters/vendor-types.js';
import { nextCheckOf, tierOf } from './tiers.js';
import { drawReadSeq } from './work-list.js';

export interface ApplicationResult {
  requests: number;
  changed: number;
  row: Partial<Omit<WorkRow, '_id'>>;
}

type Input = Life & { row: WorkRow; client: SmartRecruitersClient };

/**
 * Reads the interviews of one application: resolves its id once, lists, stores what is newer,
 * confirms what is absent, decides anew. Throws what the vendor's client throws; nothing that was
 * not seen in a successful answer is taken for gone.
 */
export async function readApplication(
  deps: ActivityDeps,
  input: Input,
): Promise<ApplicationResult> {
  const { row, client } = input;
  const { candidateId, jobId } = row;
  if (candidateId === null || jobId === null) return { requests: 0, changed: 0, row: {} };

  let { applicationId, status } = row;
  let requests = 0;
  if (applicationId === null) {
    const application = await client.getApplication({ candidateId, jobId, lane: 'watch' });
    requests += 1;
    ({ applicationId, status } = application);
  }
  if (applicationId === null) {
    const lastReadAt = Date.now();
    const nextCheckAt = lastReadAt + deps.watchPeriods.cold;
    const row = { status, nextCheckAt, lastReadAt, lastResult: 'no_application_id' };
    return { requests, changed: 0, row };
  }

  const readSeq = await drawReadSeq(deps.collections, row._id);
  const readAt = Date.now();
  const list = await client.listInterviews({ applicationId, lane: 'watch' });
  requests += 1;
  const known = await deps.collections.interviews
    .find({ orgId: input.orgId, generation: input.generation, applicationId })
    .lean<InterviewDoc[]>();
  const role = await deps.collections.roles
    .findOne({ _id: `${input.orgId}/${jobId}` })
    .lean<RoleDoc | null>();

  const at = { ...input, applicationId, candidateId, readSeq, readAt, role };
  const touched = await storeList(deps, at, list);
  const absent = known.filter((doc) => doc.goneAt === null && !isListed(list, doc.interviewId));
  // A list with items that have no id proves the absence of nobody.
  let unconfirmed: unknown = null;
  if (list.skipped === 0) {
    for (const doc of absent) {
      requests += 1;
      try {
        await confirmAbsence(deps, at, doc, touched);
      } catch (error) {
        // The others are decided all the same; the row fails after that.
        if (!isSmartRecruitersError(error)) throw error;
        unconfirmed = error;
      }
    }
  }
  const docs = await deps.collections.interviews
    .find({ orgId: input.orgId, generation: input.generation, applicationId })
    .lean<InterviewDoc[]>();
  for (const doc of docs)
    await reconcileInterview(deps, { ...input, interviewId: doc.interviewId });

  if (unconfirmed !== null) throw unconfirmed;

  const now = Date.now();
  const windows = docs.filter((doc) => doc.goneAt === null);
  const tierInput = { status, windows, now, periods: deps.watchPeriods };
  const tier = tierOf(tierInput);
  return {
    requests,
    changed: touched.size,
    row: {
      applicationId,
      status,
      tier,
      nextCheckAt: nextCheckOf({ ...tierInput, tier }),
      lastReadAt: readAt,
      lastResult: 'read',
    },
  };
}

interface At extends Input {
  applicationId: string;
  candidateId: string;
  readSeq: number;
  readAt: number;
  role: RoleDoc | null;
}

function isListed(list: VendorInterviews, interviewId: string): boolean {
  return (
    list.interviews.some((interview) => interview.interviewId === interviewId) ||
    list.unreadable.some((interview) => interview.interviewId === interviewId)
  );
}

async function storeList(deps: ActivityDeps, at: At, list: VendorInterviews): Promise<Set<string>> {
  const touched = new Set<string>();
  for (const interview of list.interviews) {
    if (await storeOne(deps, at, interview)) touched.add(interview.interviewId);
  }
  for (const { interviewId, reason } of list.unreadable) {
    await storeUnreadable(deps.collections, { ...lifeOf(at), interviewId, reason, ...times(at) });
    deps.logger.warn({ orgId: at.orgId, interviewId, reason }, 'interview could not be read');
  }
  if (list.skipped > 0) {
    deps.logger.warn({ orgId: at.orgId, skipped: list.skipped }, 'interviews without id skipped');
  }
  return touched;
}

async function storeOne(deps: ActivityDeps, at: At, interview: VendorInterview): Promise<boolean> {
  const { role, row } = at;
  const watched = role?.enabled === true || row.pinned;
  const scheduledBefore =
    role?.scheduled === 'exclude' &&
    role.enabledAt !== null &&
    (interview.createdAt ?? 0) < role.enabledAt;
  const { changed } = await storeReading(deps, {
    ...lifeOf(at),
    applicationId: at.applicationId,
    candidateId: at.candidateId,
    interview,
    ...times(at),
    watched,
    excluded: scheduledBefore,
    enabledAt: role?.enabledAt ?? 0,
  });
  return changed;
}

/** Cancelled needs both: absent from a successful list, and 404 by id. */
async function confirmAbsence(
  deps: ActivityDeps,
  at: At,
  doc: InterviewDoc,
  touched: Set<string>,
): Promise<void> {
  const { interviewId } = doc;
  try {
    const result = await at.client.getInterview({ interviewId, lane: 'watch' });
    if (result.kind === 'readable' && (await storeOne(deps, at, result.interview))) {
      touched.add(interviewId);
    }
  } catch (error) {
    if (!isSmartRecruitersError(error, 'not_found')) throw error;
    await storeGone(deps.collections, { ...lifeOf(at), interviewId, ...times(at) });
    touched.add(interviewId);
  }
}

function lifeOf({ orgId, generation }: Life): Life {
  return { orgId, generation };
}

function times({ readSeq, readAt }: { readSeq: number; readAt: number }) {
  return { readSeq, readAt };
}

import type { InterviewDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import type { SmartRecruitersClient } from '../smartrecruiters/client.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import { drawReadSeq } from '../watching/row-lease.js';
import { applicationRowId } from '../watching/work-list.js';
import { storeReading, storeUnreadable } from './store-reading.js';

export type InterviewReadingResult =
  | 'read'
  | 'unreadable'
  /** 404: forbids joining at once; only the watch makes it cancelled. */
  | 'not_found'
  /** 401 or 403: somebody withdrew access. */
  | 'access_withdrawn'
  /** A time-out, a 5xx or a 429. */
  | 'unreachable';

/**
 * Reads one interview by id and stores what it says, within `budgetMs` in all, with one more try
 * when the vendor could not be reached.
 */
export async function readInterviewAnew(
  deps: ActivityDeps,
  input: Life & {
    interviewId: string;
    doc: InterviewDoc;
    credentialRef: string;
    budgetMs: number;
  },
): Promise<InterviewReadingResult> {
  const client = await deps.clients.clientFor(input.credentialRef);
  const until = Date.now() + input.budgetMs;
  for (const isLastTry of [false, true]) {
    const left = until - Date.now();
    const result = await readOnce(deps, input, client, Math.max(1, left / (isLastTry ? 1 : 2)));
    if (result !== 'unreachable' || isLastTry) return result;
  }
  return 'unreachable';
}

async function readOnce(
  deps: ActivityDeps,
  input: Life & { interviewId: string; doc: InterviewDoc },
  client: SmartRecruitersClient,
  timeoutMs: number,
): Promise<InterviewReadingResult> {
  const { doc, orgId, generation, interviewId } = input;
  const readSeq = await drawReadSeq(deps.collections, applicationRowId(input, doc));
  const readAt = Date.now();
  try {
    const result = await client.getInterview({ interviewId, lane: 'join', timeoutMs });
    if (result.kind === 'unreadable') {
      const { reason } = result;
      await storeUnreadable(deps.collections, {
        orgId,
        generation,
        applicationId: doc.applicationId,
        candidateId: doc.candidateId,
        interviewId,
        readSeq,
        readAt,
        reason,
      });
      return 'unreadable';
    }
    await storeReading(deps, {
      orgId,
      generation,
      applicationId: doc.applicationId,
      candidateId: doc.candidateId,
      interview: result.interview,
      readSeq,
      readAt,
      watched: true,
      excluded: doc.excluded,
    });
    return 'read';
  } catch (error) {
    if (!isSmartRecruitersError(error)) throw error;
    switch (error.kind) {
      case 'not_found':
        return 'not_found';
      case 'auth':
        await deps.workflows.reportAttention({
          orgId,
          generation,
          code: 'credentials_rejected',
          open: true,
        });
        return 'access_withdrawn';
      case 'scope':
        await deps.workflows.reportAttention({
          orgId,
          generation,
          code: 'scope_missing',
          open: true,
        });
        return 'access_withdrawn';
      case 'rejected':
      case 'contract':
        return 'unreadable';
      case 'throttled':
      case 'unavailable':
        return 'unreachable';
    }
  }
}

import type {
  InstallationDoc,
  InterviewDoc,
  PlannedSession,
} from '../../common/read-model/documents.js';
import { decisionFor } from '../../workflows/contracts/decision.js';
import { attend } from '../alerts/attend-moment.js';
import type { ActivityDeps } from '../deps.js';
import { decideSession, readContext } from '../interviews/reconcile.js';
import { noticesDue } from '../mail/notices-due.js';
import { isHourSpent } from '../mail/send-notices.js';
import { found, foundAndTold, mended } from './findings.js';
import { tellAgain } from './tell-again.js';

type Active = Pick<InstallationDoc, '_id' | 'generation'>;

/** A notice goes out within minutes; one that waits this long has lost its join. */
const noticesMayWaitMs = 15 * 60_000;
/** The join itself is given this much beyond the moment of its own alarm. */
const alarmGraceMs = 60_000;
/** After this a session is past saving, and its outcome is told by the captures. */
const lookedAtForMs = 60 * 60_000;
/** So many interviews of one organization in one sweep; the rest are seen by the next one. */
const mostAtOnce = 200;

/**
 * Notices that are owed and have not gone out: the join that should send them is told again. What
 * waits for an Owner's word, or for the mails of the next hour, is not owed.
 */
export async function mendNotices(deps: ActivityDeps, active: readonly Active[]): Promise<number> {
  const now = Date.now();
  let count = 0;
  for (const { _id: orgId, generation } of active) {
    const life = { orgId, generation };
    const ahead = deps.collections.interviews
      .find({
        ...life,
        goneAt: null,
        startsAt: { $gt: now, $lt: now + deps.times.joinHorizonMs },
        firstSeenAt: { $ne: null, $lt: now - noticesMayWaitMs },
        'told.at': { $lt: now - noticesMayWaitMs },
      })
      .sort({ startsAt: 1 })
      .lean<InterviewDoc>()
      .cursor();
    const owing: InterviewDoc[] = [];
    for await (const doc of ahead) {
      if (owing.length < mostAtOnce && !isMailed(doc)) owing.push(doc);
    }
    if (owing.length === 0 || (await isHourSpent(deps, orgId))) continue;
    let mendedHere = 0;
    for (const doc of owing) {
      mendedHere += await mended(deps, 'notice_owed', idsOf(doc), async () => {
        const context = await readContext(deps, doc);
        if (noticesDue({ doc, context, now }).length === 0) return false;
        await tellAgain(deps, doc);
        return true;
      });
    }
    if (mendedHere > 0) await foundAndTold(deps, 'notice_owed', life);
    count += mendedHere;
  }
  return count;
}

/** Both sides were told about the plan as it is. */
function isMailed({ mailed, planHash }: InterviewDoc): boolean {
  return mailed.candidate === planHash && mailed.interviewers === planHash;
}

/**
 * Sessions that began with nothing behind them: no outcome, no bot asked for, nobody told. The alarm
 * that their join owes is raised here, and the join is told again.
 */
export async function alarmSilentSessions(
  deps: ActivityDeps,
  active: readonly Active[],
): Promise<number> {
  const now = Date.now();
  const begunBefore = now - deps.times.missAlarmMs - alarmGraceMs;
  let count = 0;
  for (const { _id: orgId, generation } of active) {
    const begun = deps.collections.interviews
      .find({
        ...{ orgId, generation, goneAt: null },
        startsAt: { $lt: begunBefore },
        endsAt: { $gt: now - lookedAtForMs },
      })
      .lean<InterviewDoc>()
      .cursor();
    for await (const doc of begun) {
      const silent = doc.plan.filter(
        (session) =>
          session.startsAt < begunBefore &&
          session.startsAt > now - lookedAtForMs &&
          isSilent(doc, session),
      );
      for (const session of silent) {
        count += await mended(deps, 'silent_session', idsOf(doc), () => alarm(deps, doc, session));
      }
    }
  }
  return count;
}

/** Nobody saw the bot in the room, as far as its join has said; an alarm that was raised is not again. */
function isSilent(doc: InterviewDoc, { sessionId, startsAt }: PlannedSession): boolean {
  const progress = doc.progress[sessionId];
  if (progress === undefined || progress.startsAt !== startsAt) return true;
  const isOpen = progress.outcome === null && progress.joinedAt === null;
  return isOpen || progress.outcome === 'missed';
}

async function alarm(
  deps: ActivityDeps,
  doc: InterviewDoc,
  session: PlannedSession,
): Promise<boolean> {
  const { orgId, generation, interviewId } = doc;
  const { sessionId, startsAt } = session;
  const context = await readContext(deps, doc);
  const { code } = decideSession(doc, sessionId, context, Date.now());
  const isNew = await attend(deps, {
    ...{ orgId, generation, interviewId, sessionId, startsAt },
    moment: 'missing',
    reason: code,
  });
  const isOpen = doc.progress[sessionId]?.outcome == null;
  if (isOpen && decisionFor(code).verdict !== 'skip') await tellAgain(deps, doc);
  if (isNew) found(deps, 'silent_session', idsOf(doc));
  return isNew;
}

function idsOf({ orgId, interviewId }: InterviewDoc) {
  return { orgId, interviewId };
}

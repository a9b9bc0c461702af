import type {
  ClaimHolder,
  ClaimMember,
  InterviewDoc,
  PlannedSession,
} from '../../common/read-model/documents.js';
import { readFences } from '../../common/read-model/fences.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { type DecisionCode, roomNoes } from '../../workflows/contracts/decision.js';
import type { ActivityDeps } from '../deps.js';
import { readInterview } from '../interviews/interview-store.js';
import { type DecisionContext, decideSession, readContext } from '../interviews/reconcile.js';
import { overlaps, type Window } from './claim-entries.js';

/** Noes that come by themselves as time passes, or that the bot in the room does not care about. */
const passingNoes: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'over',
  'too_late',
  'no_link',
  'unreadable',
]);

type SessionOfLife = Pick<ClaimHolder, 'interviewId' | 'sessionId' | 'jobId'>;

/** Whether what is decided now keeps this session's bot out. */
export async function isForbidden(
  deps: ActivityDeps,
  life: Life,
  session: SessionOfLife,
): Promise<boolean> {
  const { orgId, generation } = life;
  const { interviewId, sessionId, jobId } = session;
  const doc = await readInterview(deps.collections, { orgId, generation, interviewId });
  if (doc === null) return true;
  const context = await readContext(deps, { orgId, generation, jobId, interviewId });
  const { verdict, code } = decideSession(doc, sessionId, context, Date.now());
  return verdict !== 'join' && !passingNoes.has(code);
}

/** Whether a member still wants the bot: there, in this room, not over, and allowed to. */
export async function stillWants(
  deps: ActivityDeps,
  room: { orgId: string; roomKey: string },
  member: ClaimMember,
): Promise<boolean> {
  const { orgId, roomKey } = room;
  if (member.until <= Date.now()) return false;
  const life = { orgId, generation: member.generation };
  const doc = await readInterview(deps.collections, { ...life, ...member });
  const planned = doc?.plan.find(({ sessionId }) => sessionId === member.sessionId);
  if (doc === null || doc.goneAt !== null || planned?.roomKey !== roomKey) return false;
  if (!overlaps(windowOf(planned), member)) return false;
  const { capabilities } = deps.notetaker;
  const { off } = await readFences({ ...deps, ...life, ...member, ...capabilities });
  if (off !== null || (await isForbidden(deps, life, member))) return false;
  const company = { ...life, roomKey, window: member, exceptInterviewId: member.interviewId };
  return (await forbiddingInterview(deps, company)) === null;
}

function windowOf({ startsAt, endsAt }: PlannedSession): Window {
  return { from: startsAt, until: endsAt };
}

/**
 * Another stored interview in this room and time that forbids any bot there, by a decline or a
 * restriction, whatever else is decided about it; null when none does.
 */
export async function forbiddingInterview(
  deps: ActivityDeps,
  input: Life & { roomKey: string; window: Window; exceptInterviewId: string | null },
): Promise<string | null> {
  const { orgId, generation, roomKey, window, exceptInterviewId } = input;
  const candidates = await interviewsInRoom(deps, input);
  const others = candidates.filter(({ interviewId }) => interviewId !== exceptInterviewId);
  for (const doc of others) {
    const { jobId, interviewId, plan } = doc;
    const sessions = plan.filter(
      (planned) => planned.roomKey === roomKey && overlaps(windowOf(planned), window),
    );
    if (sessions.length === 0) continue;
    const context = await readContext(deps, { orgId, generation, jobId, interviewId });
    if (sessions.some((planned) => forbidsRoom(doc, planned, context))) return interviewId;
  }
  return null;
}

async function interviewsInRoom(
  deps: ActivityDeps,
  input: Life & { roomKey: string; window: Window },
): Promise<InterviewDoc[]> {
  const { orgId, generation, roomKey, window } = input;
  return await deps.collections.interviews
    .find({
      ...{ orgId, generation, goneAt: null, 'plan.roomKey': roomKey },
      ...{ startsAt: { $lt: window.until }, endsAt: { $gt: window.from } },
    })
    .lean<InterviewDoc[]>();
}

/**
 * Whether the next interview of the room is about to begin, whatever is decided about it: a bot that
 * stays on after its own would hear it. Those that share the bot begin within its span.
 */
export async function isNextAboutToBegin(
  deps: ActivityDeps,
  input: Life & { roomKey: string; span: Window },
): Promise<boolean> {
  const { roomKey, span } = input;
  const now = Date.now();
  const soon = now + deps.times.leaveBeforeNextMs;
  if (soon < span.until) return false;
  const there = await interviewsInRoom(deps, { ...input, window: { from: now, until: soon + 1 } });
  return there.some(({ plan }) =>
    plan.some(
      (planned) =>
        planned.roomKey === roomKey &&
        planned.startsAt >= span.until &&
        planned.startsAt <= soon &&
        planned.endsAt > now,
    ),
  );
}

/**
 * That an interview is skipped, or its role off, would hide what its candidate or the settings say:
 * it is asked as if a person wanted the notetaker there.
 */
function forbidsRoom(
  doc: InterviewDoc,
  planned: PlannedSession,
  context: DecisionContext,
): boolean {
  const now = Date.now();
  if (planned.endsAt <= now) return false;
  const wanted: InterviewDoc = {
    ...doc,
    excluded: false,
    readable: true,
    choice: { action: 'join', by: '', at: 0, sealedReason: null },
  };
  const asked = { ...context, tombstone: false };
  const at = Math.min(now, planned.startsAt);
  return roomNoes.has(decideSession(wanted, planned.sessionId, asked, at).code);
}
